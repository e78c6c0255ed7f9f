"""What people do in one sitting, as sequences of operations; season and demo play with the same steps.

Each takes ``tick``, which gives the moment of the next act, and calls operations exactly as pages do.
"""
