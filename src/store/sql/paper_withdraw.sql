-- paper_withdraw: operator; $1 id, $2 where from
-- What document is to be made anew, and the upload that has it made where this command ends too early; no row: there
-- is no such paper that counts. In the name of its brand, or the file would stay public until it is made anew.
WITH paper AS MATERIALIZED (
	SELECT d.id, d.gtin, d.lot, set_config('suyuan.brand', d.brand_id::text, true) AS brand
	FROM trace.document_now AS d WHERE d.id = $1::bigint
)
SELECT p.gtin, p.lot, trace.withdraw_paper(p.id, $2::text)::text FROM paper AS p WHERE p.brand <> ''
