# Generated C: SQL files, HTML templates and texts, each by a little program of src/tool.
#
#   src/store/sql/*.sql                 -> build/gen/store/sql.c  store/sql.h       (sqlc)
#   templates/*.def *.html, console/    -> build/gen/page/templates.c templates.h   (templc)
#   lang/*.po console/*.po              -> build/gen/page/texts.c texts.h           (langc)
#   assets/* console/*                  -> build/gen/page/assets.c assets.h         (assetc)
#   migrations/*.sql                    -> build/gen/store/migrations.c migrations.h (sqlc --migrations)
#
# What is made anew is a new file: a build folder may be another checkout's, copied by hard links.

TOOL_CC = gcc -std=c11 -D_GNU_SOURCE $(WARN) -O1 -g -include src/base/banned.h -Isrc
TOOLS   = $(patsubst src/tool/%.c,%,$(filter-out src/tool/nothing.c,$(wildcard src/tool/*.c)))
T       = build/tool/obj

$(T)/%.o: src/%.c $(wildcard src/tool/*.h src/tool/*/*.h src/base/*.h)
	@mkdir -p $(@D)
	@echo "  cc    $<"
	@$(TOOL_CC) -c $< -o $@

# src/tool/NAME.c, its parts in src/tool/NAME/, and src/base.
tool_src = $(wildcard src/tool/$(1).c src/tool/$(1)/*.c src/base/*.c)
$(foreach t,$(TOOLS),$(eval build/tool/$(t): $(patsubst src/%.c,$(T)/%.o,$(call tool_src,$(t)))))
$(TOOLS:%=build/tool/%):
	$(TOOL_CC) -o $@ $^

SQL_FILES       = $(sort $(wildcard src/store/sql/*.sql))
MIGRATION_FILES = $(sort $(wildcard migrations/*.sql))
# What the console says and shows, each part of it in files of its own.
CONSOLE_VIEWS   = templates/console/frame.def
TEMPLATE_FILES  = templates/views.def $(CONSOLE_VIEWS) \
		  $(filter-out $(CONSOLE_VIEWS),$(sort $(wildcard templates/console/*.def))) \
		  $(sort $(wildcard templates/*.html templates/console/*.html))
PO_FILES        = $(sort $(wildcard lang/*.po)) $(sort $(wildcard lang/console/*.po))
CONSOLE_ASSETS  = $(G)/assets/console.css $(G)/assets/console.js
ASSET_FILES     = $(sort $(wildcard assets/*.*)) $(CONSOLE_ASSETS)

ifneq ($(wildcard src/tool/sqlc.c),)
ifneq ($(SQL_FILES),)
GEN_store += $(G)/store/sql.c
GENERATED += $(G)/store/sql.h
$(G)/store/sql.c $(G)/store/sql.h &: build/tool/sqlc $(SQL_FILES) src/store/sql
	@mkdir -p $(G)/store; rm -f $(G)/store/sql.c $(G)/store/sql.h
	build/tool/sqlc queries $(G)/store/sql $(SQL_FILES)
endif
ifneq ($(MIGRATION_FILES),)
GEN_store += $(G)/store/migrations.c
GENERATED += $(G)/store/migrations.h
$(G)/store/migrations.c $(G)/store/migrations.h &: build/tool/sqlc $(MIGRATION_FILES) migrations
	@mkdir -p $(G)/store; rm -f $(G)/store/migrations.c $(G)/store/migrations.h
	build/tool/sqlc migrations $(G)/store/migrations $(MIGRATION_FILES)
endif
endif

ifneq ($(wildcard src/tool/templc.c),)
GEN_page += $(G)/page/templates.c
GENERATED += $(G)/page/templates.h
$(G)/page/templates.c $(G)/page/templates.h &: build/tool/templc $(TEMPLATE_FILES)
	@mkdir -p $(G)/page; rm -f $(G)/page/templates.c $(G)/page/templates.h
	build/tool/templc $(G)/page/templates $(TEMPLATE_FILES)
endif

ifneq ($(wildcard src/tool/langc.c),)
GEN_page += $(G)/page/texts.c
GENERATED += $(G)/page/texts.h
$(G)/page/texts.c $(G)/page/texts.h &: build/tool/langc $(PO_FILES)
	@mkdir -p $(G)/page; rm -f $(G)/page/texts.c $(G)/page/texts.h
	build/tool/langc $(if $(CI),--missing=error) $(G)/page/texts $(PO_FILES)
endif

# One style sheet and one script, of all parts of the console: base.css, base.js first.
$(G)/assets/console.%: assets/console/base.% $(wildcard assets/console/*) assets/console
	@mkdir -p $(@D); rm -f $@
	cat $< $(filter-out $<,$(sort $(wildcard assets/console/*.$*))) > $@

ifneq ($(wildcard src/tool/assetc.c),)
GEN_page += $(G)/page/assets.c
GENERATED += $(G)/page/assets.h
$(G)/page/assets.c $(G)/page/assets.h &: build/tool/assetc $(ASSET_FILES)
	@mkdir -p $(G)/page; rm -f $(G)/page/assets.c $(G)/page/assets.h
	build/tool/assetc $(G)/page/assets $(ASSET_FILES)
endif
