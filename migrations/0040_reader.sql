-- Names in the reader's language: of the brand in the head of each page, of products to choose from.
-- Drops 0019: team.enter(), team.show_link() without a language; who asks without one gets the first of ours.

-- In that language, else in the first there is of those the house speaks, else what was said in none.
CREATE FUNCTION base.name_in(words jsonb, language text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT coalesce(words ->> language, words ->> 'zh-CN', words ->> 'en', words ->> 'und')
$$;

DROP FUNCTION team.enter(text, text, bytea);
-- Who comes with a secret. With the owner's rights, because nobody has a brand before.
CREATE FUNCTION team.enter(of_kind text, of_id text, of_sha256 bytea, language text DEFAULT '',
	OUT account_id bigint, OUT brand_id bigint, OUT name text, OUT roles text, OUT brand text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	seen timestamptz;
BEGIN
	SELECT a.id, a.brand_id, a.name, array_to_string(a.roles, ','), coalesce(base.name_in(b.name, language), b.slug),
		p.seen_at
	INTO account_id, brand_id, name, roles, brand, seen
	FROM team.pass AS p JOIN team.account AS a ON a.id = p.account_id JOIN trace.brand AS b ON b.id = a.brand_id
	WHERE p.id = of_id AND p.kind = of_kind AND p.sha256 = of_sha256 AND p.ended_at IS NULL
		AND p.ends_at > clock_timestamp() AND p.seen_at + p.idle > clock_timestamp() AND a.ended_at IS NULL;
	IF NOT FOUND THEN
		PERFORM code.refuse(401, CASE of_kind WHEN 'token'
			THEN 'This token is not valid: it is mistyped, has ended or was revoked.'
			ELSE 'You are not signed in, or no longer.' END);
	END IF;
	IF seen < clock_timestamp() - interval '1 minute' THEN
		UPDATE team.pass AS p SET seen_at = clock_timestamp() WHERE p.id = of_id;
	END IF;
END $$;

DROP FUNCTION team.show_link(text, bytea);
CREATE FUNCTION team.show_link(of_id text, of_sha256 bytea, language text DEFAULT '', OUT name text, OUT brand text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	of_account bigint := team.holder('link', of_id, of_sha256);
BEGIN
	SELECT a.name, coalesce(base.name_in(b.name, language), b.slug) INTO name, brand
	FROM team.account AS a JOIN trace.brand AS b ON b.id = a.brand_id WHERE a.id = of_account;
END $$;
