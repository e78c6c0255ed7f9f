"""Programmes, batches, results, applications and vouchers by the API."""
