-- console_labels_designs: console; no parameters
-- All designs of the brand by name, each with its newest version; a brand has at most 500.
SELECT json_build_object('designs', coalesce((SELECT json_agg(code.show_design(d.id) ORDER BY d.name, d.id)
	FROM code.label_design AS d WHERE d.ended_at IS NULL), '[]'))::text
