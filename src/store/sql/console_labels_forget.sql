-- console_labels_forget: console; $1 design id
-- The asking person's draft of it is thrown away.
DELETE FROM code.label_draft WHERE design_id = $1::text::uuid AND hand = code.actor()
