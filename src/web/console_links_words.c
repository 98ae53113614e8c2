/* What links are called: GS1's types by name, and what the form of a link asks for. */
#include "model/link_type.h"
#include "web/console_links.h"

enum { LINK_TYPES = 64, END_MOST = 40 };

static const struct {
	const char *name;
	enum text text;
} types[] = {
	{ "activityIdeas", TEXT_link_activity_ideas },
	{ "allergenInfo", TEXT_link_allergen_info },
	{ "appDownload", TEXT_link_app_download },
	{ "backgroundInfo", TEXT_link_background_info },
	{ "brandHomepageClinical", TEXT_link_brand_homepage_clinical },
	{ "brandHomepagePatient", TEXT_link_brand_homepage_patient },
	{ "careersInfo", TEXT_link_careers_info },
	{ "certificationInfo", TEXT_link_certification_info },
	{ "consumerHandlingStorageInfo", TEXT_link_consumer_handling_storage_info },
	{ "defaultLink", TEXT_link_default_link },
	{ "defaultLinkMulti", TEXT_link_default_link_multi },
	{ "dpp", TEXT_link_dpp },
	{ "eifu", TEXT_link_eifu },
	{ "epcis", TEXT_link_epcis },
	{ "epil", TEXT_link_epil },
	{ "eventsInfo", TEXT_link_events_info },
	{ "faqs", TEXT_link_faqs },
	{ "handledBy", TEXT_link_handled_by },
	{ "hasRetailers", TEXT_link_has_retailers },
	{ "homepage", TEXT_link_homepage },
	{ "ingredientsInfo", TEXT_link_ingredients_info },
	{ "instructions", TEXT_link_instructions },
	{ "jws", TEXT_link_jws },
	{ "leaveReview", TEXT_link_leave_review },
	{ "locationInfo", TEXT_link_location_info },
	{ "logisticsInfo", TEXT_link_logistics_info },
	{ "loyaltyProgram", TEXT_link_loyalty_program },
	{ "masterData", TEXT_link_master_data },
	{ "menuInfo", TEXT_link_menu_info },
	{ "nutritionalInfo", TEXT_link_nutritional_info },
	{ "openingHoursInfo", TEXT_link_opening_hours_info },
	{ "paymentLink", TEXT_link_payment_link },
	{ "pip", TEXT_link_pip },
	{ "productSustainabilityInfo", TEXT_link_product_sustainability_info },
	{ "promotion", TEXT_link_promotion },
	{ "purchaseSuppliesOrAccessories", TEXT_link_purchase_supplies_or_accessories },
	{ "quickStartGuide", TEXT_link_quick_start_guide },
	{ "recallStatus", TEXT_link_recall_status },
	{ "recipeInfo", TEXT_link_recipe_info },
	{ "registerProduct", TEXT_link_register_product },
	{ "registryEntry", TEXT_link_registry_entry },
	{ "relatedImage", TEXT_link_related_image },
	{ "relatedVideo", TEXT_link_related_video },
	{ "reportFound", TEXT_link_report_found },
	{ "review", TEXT_link_review },
	{ "safetyInfo", TEXT_link_safety_info },
	{ "scheduleTime", TEXT_link_schedule_time },
	{ "serviceInfo", TEXT_link_service_info },
	{ "smartLabel", TEXT_link_smart_label },
	{ "smpc", TEXT_link_smpc },
	{ "socialMedia", TEXT_link_social_media },
	{ "statisticInfo", TEXT_link_statistic_info },
	{ "subscribe", TEXT_link_subscribe },
	{ "support", TEXT_link_support },
	{ "sustainabilityInfo", TEXT_link_sustainability_info },
	{ "traceability", TEXT_link_traceability },
	{ "tutorial", TEXT_link_tutorial },
	{ "userAgreement", TEXT_link_user_agreement },
	{ "verificationService", TEXT_link_verification_service },
	{ "whatsInTheBox", TEXT_link_whats_in_the_box },
};

/* Each of GS1's has a name here. */
enum {
#define LINK_TYPE(name, label) TYPE_##name,
#include "model/link_type.def"
#undef LINK_TYPE
	TYPE_COUNT
};
_Static_assert(COUNT_OF(types) == (size_t)TYPE_COUNT && COUNT_OF(types) <= LINK_TYPES,
	       "a type has no name");

/* --- the form --- */

static const struct form_choice defaults[] = {
	{ "no", TEXT_links_default_no },
	{ "one", TEXT_links_default_one },
	{ "multi", TEXT_links_default_multi },
};

static const struct form_field add_fields[] = {
	{ "gtin", TEXT_console_gtin, .hint = TEXT_form_gtin_hint, .kind = FORM_TEXT, .most = 14,
	  .required = true },
	{ "lot", TEXT_console_lot, .hint = TEXT_links_lot_hint, .kind = FORM_TEXT, .most = 20 },
	{ "serial", TEXT_links_serial, .hint = TEXT_links_serial_hint, .kind = FORM_TEXT,
	  .most = 20 },
	{ "link_type", TEXT_links_type, .hint = TEXT_links_type_hint, .kind = FORM_SELECT,
	  .required = true },
	{ "title", TEXT_links_title, .kind = FORM_TEXT, .most = 200, .required = true },
	{ "href", TEXT_links_href, .hint = TEXT_links_href_hint, .kind = FORM_TEXT, .most = 2000,
	  .required = true, .autocomplete = "url" },
	{ "hreflang", TEXT_links_language, .hint = TEXT_links_language_hint, .kind = FORM_TEXT },
	{ "media_type", TEXT_links_media, .hint = TEXT_links_media_hint, .kind = FORM_TEXT,
	  .most = 100 },
	{ "context", TEXT_links_context, .hint = TEXT_links_context_hint, .kind = FORM_TEXT },
	{ "default", TEXT_links_default, .kind = FORM_SELECT, .choices = defaults,
	  .choice_count = COUNT_OF(defaults) },
	{ "valid_from", TEXT_links_from, .hint = TEXT_links_from_hint, .kind = FORM_TEXT,
	  .most = END_MOST },
	{ "valid_until", TEXT_links_until, .hint = TEXT_links_until_hint, .kind = FORM_TEXT,
	  .most = END_MOST },
	{ "forward_query", TEXT_links_forward, .kind = FORM_CHECK },
	{ "public", TEXT_links_public, .kind = FORM_CHECK },
};
const struct form links_add_form = { "/links", TEXT_links_add, add_fields, COUNT_OF(add_fields),
				     .upload = false };
const struct form links_edit_form = { "/links", TEXT_links_save, add_fields, COUNT_OF(add_fields),
				      .upload = false };

void links_show_ends(struct page *p, struct view_console_form *f)
{
	static const char *const names[] = { "valid_from", "valid_until" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct view_console_input *input = form_input(f, names[i]);

		if (input->value.length == 0 || slice_fits(input->value, "9999-99-99"))
			input->type = S("date");
		else
			input->hint = text_in(p->writer.language, TEXT_links_time_hint);
	}
}

/* --- types --- */

/* "Instructions" for people; the URL of another vocabulary's type. */
struct slice links_type_text(const struct page *p, struct slice type)
{
	struct slice name = link_type_name(type);

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (slice_equal(name, slice_of(types[i].name)))
			return text_in(p->writer.language, types[i].text);
	return type;
}

void links_add_types(struct page *p, struct view_console_form *f, bool any)
{
	struct arena *memory = &p->request->arena;
	struct view_console_input *input = form_input(f, "link_type");
	struct view_console_option *options = arena_array(memory, LINK_TYPES + 2, sizeof(*options));
	/* What was sent and cannot be one is not offered again. */
	bool found =
	    input == NULL || input->value.length == 0 || input->value.length > LINK_TYPE_MOST;
	size_t count = 0;
	char value[80];

	if (input == NULL || options == NULL)
		return;
	if (any)
		options[count++] = (struct view_console_option){
			.value = S(""), .text = text_in(p->writer.language, TEXT_links_any)
		};
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (strncmp(types[i].name, "defaultLink", 11) == 0)
			continue;
		(void)snprintf(value, sizeof(value), "gs1:%s", types[i].name);
		options[count++] = (struct view_console_option){
			.value = arena_copy(memory, slice_of(value)),
			.text = text_in(p->writer.language, types[i].text),
		};
		found |= slice_equal(options[count - 1].value, input->value);
	}
	if (!found)
		options[count++] =
		    (struct view_console_option){ .value = input->value, .text = input->value };
	form_options(input, options, count);
}
