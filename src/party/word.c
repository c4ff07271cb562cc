/* SPDX-License-Identifier: Apache-2.0 */
/* word.c - the words of the regulations, as tables. */
#include "party/room.h"

static const struct yx_party_word types[] = {
    {"user", "用户", "user"},
    {"application-unit", "应用单位", "application unit"},
    {"certification-authority", "认证机构", "certification authority"},
    {"regulator", "主管部门", "regulator"},
    {"seal-agency", "电子签章服务机构", "seal service agency"},
    {"operator", "平台运营单位", "platform operator"},
    {NULL, NULL, NULL},
};

/* Shenzhen, article 4; Henan, articles 4, 12 and 16; the service rules, article 4; Wuhu, article 5;
 * Hainan, article 4; Heilongjiang, article 5; the autonomous region, article 5. */
static const struct yx_party_word authorities[] = {
    {"informatization", "信息化主管部门", "informatization department"},
    {"cryptography", "密码主管部门", "cryptography department"},
    {"standardization", "标准化主管部门", "standardization department"},
    {"industry-it", "工业和信息化主管部门", "industry and information technology department"},
    {"public-security", "公安机关", "public security"},
    {"national-security", "国家安全机关", "national security"},
    {"internet-information", "互联网信息办公室", "Internet information office"},
    {"certificate-supervision", "数字证书管理部门", "certificate supervision department"},
    {"price", "物价主管部门", "price authority"},
    {"data-resources", "数据资源管理局", "data resources bureau"},
    {"big-data", "大数据管理机构", "big-data centre or bureau"},
    {"platform-owner", "业务平台主管部门", "owner of a business platform"},
    {"government-office", "人民政府办公厅（室）", "office of a people's government"},
    {"government-department", "政府组成部门", "department of a government"},
    {"civil-affairs", "民政部门", "civil affairs"},
    {"market-regulation", "市场监督管理部门", "market regulation"},
    {"service-centre", "政务服务中心", "government service centre"},
    {"business-environment", "营商环境主管部门", "business environment department"},
    {"archives", "档案部门", "archives"},
    {NULL, NULL, NULL},
};

static const struct yx_party_word documents[] = {
    {"resident-identity-card", "居民身份证", "resident identity card"},
    {"passport", "护照", "passport"},
    {"hong-kong-macao-permit", "港澳居民来往内地通行证",
     "permit of a resident of Hong Kong or Macao"},
    {"taiwan-permit", "台湾居民来往大陆通行证", "permit of a resident of Taiwan"},
    {"permanent-resident-card", "外国人永久居留身份证", "permanent residence of a foreigner"},
    {"officer-card", "军官证", "officer's card"},
    {NULL, NULL, NULL},
};

#define LEGAL "法人"
#define OTHER "其他社会组织"
#define STATE_ORGAN(id, zh, en)                               \
    {                                                         \
        {id, zh, en}, LEGAL, "政府机关", "国家机关", zh, NULL \
    }
#define SOCIAL(id, zh, en)                                          \
    {                                                               \
        {id, zh, en}, LEGAL, "社会团体", "社会组织", "社会组织", zh \
    }

static const struct yx_party_nature natures[] = {
    STATE_ORGAN("party-organ", "党的机关", "Party organ"),
    STATE_ORGAN("peoples-congress", "人大机关", "People's Congress"),
    STATE_ORGAN("administrative-organ", "行政机关", "administrative organ"),
    STATE_ORGAN("cppcc", "政协机关", "CPPCC organ"),
    STATE_ORGAN("supervision-organ", "监察机关", "supervision organ"),
    STATE_ORGAN("court", "审判机关", "court"),
    STATE_ORGAN("procuratorate", "检察机关", "procuratorate"),
    {{"democratic-party", "民主党派", "democratic party"},
     LEGAL,
     "其他组织",
     "其他组织",
     "民主党派",
     NULL},
    {{"industry-federation", "工商联机关", "federation of industry and commerce"},
     LEGAL,
     "社会团体",
     "人民团体",
     "工商联机关",
     NULL},
    {{"mass-organisation", "群团机关", "mass organisation"},
     LEGAL,
     "社会团体",
     "人民团体",
     "群团机关",
     NULL},
    {{"public-institution", "事业单位", "public institution"},
     LEGAL,
     "事业单位",
     "事业单位",
     "事业单位",
     NULL},
    SOCIAL("social-group", "社会团体", "social group"),
    SOCIAL("private-non-enterprise", "民办非企业单位（社会服务机构）",
           "private non-enterprise unit (social service institution)"),
    SOCIAL("foundation", "基金会", "foundation"),
    {{"enterprise", "企业法人", "enterprise"}, LEGAL, "企业法人", "企业单位", "商事主体", NULL},
    {{"partnership", "合伙企业", "partnership"}, OTHER, "合伙企业", "企业单位", "商事主体", NULL},
    {{"individual-business", "个体工商户", "individual business"},
     OTHER,
     "个体工商户",
     "个体工商户",
     "商事主体",
     NULL},
    {{"other-organisation", "其他依法成立的组织", "other organisation"},
     OTHER,
     "其他组织",
     "其他组织",
     "其他依法成立的组织",
     NULL},
    {{NULL, NULL, NULL}, NULL, NULL, NULL, NULL, NULL},
};

static const struct yx_party_position positions[] = {
    /* Wuhu, article 4; Hainan, article 3: whose seals of a position there are. */
    {{"legal-representative", "法定代表人", "legal representative"},
     YX_POST_SINGLE | YX_POST_HEAD | YX_POST_SEAL},
    {{"operator", "经营者", "operator"}, YX_POST_SINGLE | YX_POST_HEAD | YX_POST_SEAL},
    {{"principal", "主要负责人", "principal"}, YX_POST_SINGLE | YX_POST_HEAD | YX_POST_SEAL},
    {{"financial-head", "财务负责人", "financial head"}, YX_POST_SINGLE | YX_POST_SEAL},
    {{"authorised-representative", "授权代表人", "authorised representative"},
     YX_POST_AUTHORISED | YX_POST_SEAL},
    {{"leader-in-charge", "分管领导", "leader in charge"}, 0},
    {{"department-head", "部门负责人", "department head"}, YX_POST_SINGLE},
    {{"office-director", "办公室主任", "office director"}, YX_POST_SINGLE},
    {{"issuing-signatory", "有签发权人", "issuing signatory"}, 0},
    {{"handling-person", "经办人", "handling person"}, 0},
    /* Ningxia, articles 2 and 11; the bureau, articles 5 and 6. */
    {{"seal-officer", "电子印章专职人员", "full-time seal officer"},
     YX_POST_AUTHORISED | YX_POST_KEEPS},
    {{"seal-custodian", "印章保管人", "seal custodian"}, YX_POST_KEEPS},
    {{"seal-decider", "有使用决定权的人员", "decides about the use of seals"}, YX_POST_DECIDES},
    {{"seal-deputy", "印章代管人", "deputy custodian"}, YX_POST_AUTHORISED | YX_POST_KEEPS},
    {{"certificate-person", "数字证书专人", "certificate person of a department"}, YX_POST_SINGLE},
    {{"certificate-custodian", "数字证书实际保管人", "custodian of a unit certificate"}, 0},
    {{"network-security-administrator", "网络安全管理员", "network security administrator"}, 0},
    {{"it-staff", "信息技术人员", "IT staff"}, 0},
    /* Henan, article 16. */
    {{"ca-key-personnel", "关键岗位人员", "key personnel"}, YX_POST_FILED},
    {{"ca-professional", "专业技术人员", "professional and technical personnel"}, YX_POST_FILED},
    {{"ca-operation", "运行维护人员", "operation and maintenance personnel"}, YX_POST_FILED},
    {{"ca-security", "安全管理人员", "security management personnel"}, YX_POST_FILED},
    {{"ca-service", "服务人员", "service personnel"}, YX_POST_FILED},
    {{"other", "其他岗位", "other post"}, 0},
    {{NULL, NULL, NULL}, 0},
};

const struct yx_party_word *yx_party_types(void)
{
    return types;
}

const struct yx_party_word *yx_party_authorities(void)
{
    return authorities;
}

const struct yx_party_word *yx_party_documents(void)
{
    return documents;
}

const struct yx_party_nature *yx_party_natures(void)
{
    return natures;
}

const struct yx_party_position *yx_party_positions(void)
{
    return positions;
}

const struct yx_party_word *yx_party_word_find(const struct yx_party_word *words, const char *id)
{
    for (; words->id != NULL; words++)
        if (strcmp(words->id, id) == 0)
            return words;
    return NULL;
}

const struct yx_party_nature *yx_party_nature_find(const char *id)
{
    for (size_t i = 0; natures[i].word.id != NULL; i++)
        if (strcmp(natures[i].word.id, id) == 0)
            return &natures[i];
    return NULL;
}

const struct yx_party_position *yx_party_position_find(const char *id)
{
    for (size_t i = 0; positions[i].word.id != NULL; i++)
        if (strcmp(positions[i].word.id, id) == 0)
            return &positions[i];
    return NULL;
}

/* --- Checks that all files share ------------------------------------------------------------- */

yx_status yx_party_check_word(const struct yx_party_word *words, const char *id, const char *text,
                              struct yx_error *err)
{
    YX_REQUIRE(id == NULL || yx_party_word_find(words, id) != NULL, err, YX_USAGE, "", text, id);
    return YX_OK;
}

static bool may_stand_in_a_name(uint32_t c)
{
    return c >= 0x20 && (c < 0x7F || c > 0x9F) && /* C0, DEL, C1 */
           c != 0x200E && c != 0x200F && (c < 0x2028 || c > 0x202E) && (c < 0x2066 || c > 0x2069);
}

yx_status yx_party_check_name(const char *name, struct yx_error *err)
{
    struct yx_bytes left = YX_TEXT(name);
    size_t count = 0;

    YX_REQUIRE(yx_utf8_valid(left), err, YX_USAGE, "RFC 3629", N_("a name is not UTF-8"));
    while (left.len > 0) {
        uint32_t c;
        size_t len = yx_utf8_next(left, &c);

        YX_REQUIRE(may_stand_in_a_name(c), err, YX_USAGE, "",
                   N_("a name holds a character that controls how text is shown"));
        left.data += len;
        left.len -= len;
        count++;
    }
    YX_REQUIRE(count >= 1 && count <= YX_PARTY_NAME_MAX, err, YX_USAGE, "",
               N_("a name has 1 to {1} characters"), YX_NUM(YX_PARTY_NAME_MAX));
    return YX_OK;
}

yx_status yx_party_fail_missing(const char *text, const char *id, struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, YX_PARTY_MISSING, text, id);
}

yx_status yx_party_check_by(const char *by, struct yx_error *err)
{
    YX_REQUIRE(by != NULL && by[0] != '\0', err, YX_USAGE, "",
               N_("who asks must be told: every change is recorded with its author"));
    return YX_OK;
}

yx_status yx_party_take_integer(void *self, const struct yx_row *row, struct yx_error *err)
{
    (void)err;
    *(int64_t *)self = yx_row_integer(row, 0);
    return YX_OK;
}
