-- recall_lot_known: console, jobs, operator; $1 GTIN, $2 lot
SELECT EXISTS (SELECT FROM trace.lot WHERE gtin = $1::bigint AND lot = $2)
	OR EXISTS (SELECT FROM code.batch WHERE gtin = $1::bigint AND lot = $2)
	OR EXISTS (SELECT FROM code.run WHERE gtin = $1::bigint AND lot = $2)
	OR EXISTS (SELECT FROM code.foreign_list WHERE gtin = $1::bigint AND lot = $2)
