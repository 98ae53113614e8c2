-- api_code_checks: console; $1 $2 $3 $4 $5 printed codes (store/code_list.h), $6 their serials as an array's text,
-- $7 Idempotency-Key or NULL, $8 SHA-256 of the request in hexadecimal digits
-- What a camera read: the answer for a list and the one for a single code.
SELECT a.answer::text, (a.answer -> 'results' -> 0)::text
FROM code.prints_answer_once($7::text, decode($8::text, 'hex'), code.printed_list($1::text::bigint[], $2::text::bigint[],
	$3::text::bigint[], $4::text::bigint[], $5::text::text[]), $6::text::text[]) AS a(answer)
