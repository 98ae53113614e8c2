-- paper_withdraw: operator; $1 id, $2 where from
-- What document is to be made anew, and the upload that has it made where this command ends too early; no row: there
-- is no such paper that counts.
SELECT d.gtin, d.lot, trace.withdraw_paper(d.id, $2::text)::text
FROM trace.document_now AS d WHERE d.id = $1::bigint
