"""The shape of what is typed in on the order pages; rules are the operations' part."""

from orders.forms.ordering import ContractForm, PlaceOrderForm
from orders.forms.paying import (
    InvoiceForm,
    PaperForm,
    PaperFormSet,
    PaymentForm,
    TransferForm,
    blank_rows,
    filled_in_rows,
    posted_rows,
    typed_amounts,
    with_more_rows,
)
from orders.forms.reasons import (
    CorrectionReasonForm,
    DeclineForm,
    OptionalReasonForm,
    ReasonForm,
    ReturnContractForm,
)

__all__ = [
    "ContractForm",
    "CorrectionReasonForm",
    "DeclineForm",
    "InvoiceForm",
    "OptionalReasonForm",
    "PaperForm",
    "PaperFormSet",
    "PaymentForm",
    "PlaceOrderForm",
    "ReasonForm",
    "ReturnContractForm",
    "TransferForm",
    "blank_rows",
    "filled_in_rows",
    "posted_rows",
    "typed_amounts",
    "with_more_rows",
]
