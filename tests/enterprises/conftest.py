from tests.engine import emptying_the_database

__all__ = ["emptying_the_database"]
