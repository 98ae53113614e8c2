-- totp_secret_list: operator
-- Locked to the end of the transaction: nobody seals one with the old key meanwhile.
SELECT account_id, totp FROM team.secret WHERE totp IS NOT NULL ORDER BY account_id FOR UPDATE
