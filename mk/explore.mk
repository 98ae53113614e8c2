# Properties are asked the same examples in every `make test`, so that no landing fails by lot; here they are
# asked others, five times as many a round. What fails is printed with its seed, its example stands in
# build/test/log: mend it and keep the example (@example) beside the property.
#
#   EXPLORE_SECONDS  no round begins after these (default 600)
#   EXPLORE_SEED     one round with the examples of this seed
EXPLORE_SECONDS ?= 600
export EXPLORE_SECONDS EXPLORE_SEED

.PHONY: explore
explore: deps ## the properties with other examples than those of `make test`, for EXPLORE_SECONDS (600)
	@tests/run explore
