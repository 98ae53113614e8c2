-- api_label_batch: console; $1 batch id
-- What decides how large a code of the batch is; no row: none that this line may see.
SELECT b.gtin, b.serial_length::bigint, b.link_stem
FROM code.batch AS b WHERE b.id = $1::text::uuid AND code.line_sees(b.gtin)
