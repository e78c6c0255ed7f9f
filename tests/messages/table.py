"""Who is told of what: every act of the scheme, and the events it leaves for the sides it concerns (N2, V7).

An act that is missing here fails the test: whoever adds one decides whom it concerns. NOBODY: only the actor is
concerned, who sees it on the page at once, or a later act tells of it.
"""

from __future__ import annotations

NOBODY: frozenset[str] = frozenset()


def events(*names: str) -> frozenset[str]:
    return frozenset(names)


TOLD: dict[str, frozenset[str]] = {
    # accounts
    "accounts.ask_address": events("address_asked"),
    "accounts.confirm_address": NOBODY,
    "accounts.drop_address": NOBODY,
    "accounts.choose_mail": NOBODY,
    "accounts.open_staff_account": NOBODY,  # told in person, with the first password
    "accounts.register_party_account": events("address_asked"),
    "accounts.close_account": NOBODY,  # a closed account reads nothing
    "accounts.change_password": NOBODY,
    "accounts.note_sign_in": NOBODY,
    "accounts.reset_password": events("password_reset"),
    "accounts.sign_on": NOBODY,
    "accounts.open_vouched_account": NOBODY,
    "accounts.join_account": events("account_joined"),
    "accounts.release_identity": NOBODY,
    "accounts.end_other_sessions": NOBODY,
    "accounts.vouch_for_factor": events("factor_vouched"),
    # Personal data past its time: who it was of has long gone.
    "accounts.forget_addresses": NOBODY,
    "accounts.forget_persons": NOBODY,
    "accounts.forget_traces": NOBODY,
    "enterprises.forget_handlers": NOBODY,
    "providers.forget_changed_contacts": NOBODY,
    "providers.forget_contacts": NOBODY,
    "redemption.forget_objectors": NOBODY,
    "accounts.begin_authenticator": NOBODY,
    "accounts.confirm_authenticator": NOBODY,
    "accounts.verify_second_factor": NOBODY,
    "accounts.renew_recovery_codes": NOBODY,
    "accounts.ask_factor_reset": events("factor_reset_asked"),
    "accounts.grant_factor_reset": events("factor_reset"),
    "accounts.withdraw_factor_reset": NOBODY,
    "accounts.reset_second_factor": events("factor_reset"),
    # api
    "api.make_token": events("access_token_made"),
    "api.revoke_token": NOBODY,
    # assignments
    "assignments.take_file": NOBODY,
    "assignments.keep_file_in_hand": NOBODY,
    "assignments.release_file": NOBODY,
    "assignments.hand_over_file": events("file_handed_over"),
    "assignments.work_on_file": NOBODY,
    "assignments.finish_file": NOBODY,
    # rosters
    "rosters.check_roster_file": NOBODY,
    "rosters.apply_roster_import": NOBODY,
    "rosters.discard_roster_import": NOBODY,
    "rosters.undo_roster_import": NOBODY,
    "rosters.read_roster_import": NOBODY,
    "rosters.write_roster_import": NOBODY,
    "rosters.report_violation": events("violation_reported"),
    "rosters.sanction_violation": events(
        "sanction_warned", "sanction_imposed", "violation_sanctioned"
    ),
    "rosters.dismiss_violation": events("violation_dismissed"),
    "rosters.lift_sanction": events("sanction_lifted"),
    "rosters.record_recovery": events("sanction_recovered"),
    # enterprises
    "enterprises.register_enterprise": NOBODY,
    "enterprises.save_profile": NOBODY,
    "enterprises.start_year": NOBODY,
    "enterprises.attach_material": NOBODY,
    "enterprises.keep_draft": NOBODY,
    "enterprises.discard_draft": NOBODY,
    "enterprises.fill_in_declaration": NOBODY,
    "enterprises.submit_qualification": events("qualification_submitted"),
    "enterprises.pass_qualification": events("qualification_passed"),
    "enterprises.send_back_qualification": events("qualification_returned"),
    "enterprises.refuse_qualification": events("qualification_refused"),
    "enterprises.reveal_personal_data": NOBODY,
    # providers
    "providers.register_provider": NOBODY,
    "providers.amend_provider": NOBODY,
    "providers.attach_material": NOBODY,
    "providers.submit_provider": events("provider_submitted"),
    "providers.renew_provider": NOBODY,
    "providers.approve_provider": events("provider_approved"),
    "providers.send_back_provider": events("provider_returned"),
    "providers.refuse_provider": events("provider_refused"),
    "providers.reveal_personal_data": NOBODY,
    "providers.request_change": events("change_requested"),
    "providers.apply_change": events("change_applied"),
    "providers.refuse_change": events("change_refused"),
    "providers.save_draft": NOBODY,
    "providers.amend_draft": NOBODY,
    "providers.begin_next_version": NOBODY,
    "providers.copy_product": NOBODY,
    "providers.set_price_tiers": NOBODY,
    "providers.attach_evidence": NOBODY,
    "providers.remove_evidence": NOBODY,
    "providers.submit_version": events("product_submitted"),
    "providers.publish_version": events("product_published"),
    "providers.send_back_version": events("product_returned"),
    "providers.withdraw_version": NOBODY,
    "providers.withdraw_product": NOBODY,  # orders placed keep their version
    # vouchers
    "vouchers.create_programme": NOBODY,
    "vouchers.amend_programme": NOBODY,
    "vouchers.draft_batch": NOBODY,
    "vouchers.announce_batch": events("batch_announced", "batch_announced_not_ready"),
    "vouchers.cancel_batch": NOBODY,  # a draft, which nobody has heard of
    "vouchers.submit_application": events("application_submitted"),
    "vouchers.withdraw_application": events("application_withdrawn"),
    "vouchers.rank_batch": NOBODY,  # nothing is learned before publication (B7)
    "vouchers.publish_results": events(
        "result_granted", "result_partial", "result_not_granted", "result_passed_over"
    ),
    "vouchers.grant_from_waiting_list": events("result_granted", "result_partial"),
    "vouchers.return_voucher": events("voucher_returned"),
    "vouchers.reclaim_batch": events("voucher_reclaimed"),
    # orders
    "orders.reveal_contact": NOBODY,
    "orders.place_order": events("order_placed"),
    "orders.confirm_order": events("order_confirmed"),
    "orders.decline_order": events("order_declined"),
    "orders.cancel_order": events("order_cancelled"),
    "orders.ask_cancellation": events("cancellation_asked"),
    "orders.withdraw_cancellation": events("cancellation_withdrawn"),
    "orders.agree_cancellation": events("order_cancelled"),
    "orders.upload_contract": events("contract_uploaded"),
    "orders.confirm_contract": events("contract_confirmed"),
    "orders.return_contract": events("contract_returned"),
    "orders.submit_payment": events("payment_submitted"),
    "orders.ask_payment_correction": events("payment_correction_asked"),
    "orders.correct_payment": events("payment_corrected"),
    "orders.accept_payment": events("payment_accepted"),
    "orders.ask_payment_return": events("payment_return_asked", "payment_return_to_decide"),
    "orders.grant_payment_return": events("payment_return_granted"),
    "orders.refuse_payment_return": events("payment_return_refused"),
    "orders.end_payment": events("payment_ended"),
    "orders.lapse_order": events("order_lapsed"),
    "orders.take_into_claim": NOBODY,  # the contractor is told of the claim
    "orders.put_back_from_claim": NOBODY,
    "orders.settle_order": events("order_settled"),
    "orders.disallow_order": events("order_disallowed"),
    # redemption
    "redemption.prepare_claim": NOBODY,
    "redemption.attach_scan": NOBODY,
    "redemption.submit_claim": events("claim_submitted"),
    "redemption.give_up_claim": NOBODY,
    "redemption.pass_line": NOBODY,
    "redemption.ask_more_on_line": NOBODY,  # request_more tells of all lines at once
    "redemption.disallow_line": NOBODY,  # final, and told, with the approval
    "redemption.reopen_line": NOBODY,
    "redemption.request_more": events("claim_more_asked"),
    "redemption.take_back_request": events("claim_request_taken_back"),
    "redemption.supply_more": events("claim_more_supplied"),
    "redemption.finish_first_review": events("claim_first_reviewed"),
    "redemption.assign_expert": events("expert_assigned"),
    "redemption.give_opinion": events("opinion_given"),
    "redemption.approve_claim": events("claim_approved"),
    "redemption.send_back_to_review": events("claim_sent_back"),
    "redemption.publish_claims": events("claim_published"),
    "redemption.close_publicity_list": events("publicity_over"),
    "redemption.file_objection": events("objection_filed", "claim_objected"),
    "redemption.answer_objection": events("objection_answered", "objection_result"),
    "redemption.reveal_contact": NOBODY,
    "redemption.record_settlement": events("claim_paid"),
    "redemption.settle_claim_if_done": events("claim_settled"),
    "redemption.hand_over_archive": NOBODY,
    "redemption.hand_over_report": NOBODY,
}

# What the jobs say of themselves, each once for its day, week or mark.
REMINDED = events(
    "qualifications_waiting",
    "voucher_unused",
    "order_deadline",
    "order_waiting",
    "orders_waiting",
    "claim_waiting",
    "objection_waiting",
    "opinion_waiting",
)
