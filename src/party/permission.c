/* SPDX-License-Identifier: Apache-2.0 */
/* permission.c - all permissions there are, and the preset roles over them. */
#include "party/room.h"

#define READ YX_PERMISSION_READ
#define WORK YX_PERMISSION_WORK
#define SYSTEM YX_PERMISSION_SYSTEM
#define SECURITY YX_PERMISSION_SECURITY
#define AUDIT YX_PERMISSION_AUDIT

/* In the order of their names. */
static const struct yx_permission permissions[] = {
    {{"account.manage", "管理账户", "manage accounts"}, SYSTEM},
    {{"account.read", "查看账户", "read accounts"}, READ},
    {{"application.manage", "管理应用系统及其用户", "manage applications and their users"}, WORK},
    {{"application.read", "查看应用系统", "read applications"}, READ},
    {{"audit.read", "查看审计记录", "read the audit list"}, AUDIT},
    {{"audit.witness", "见证审计记录", "witness the audit list"}, AUDIT},
    {{"certificate.apply", "申请数字证书", "apply for certificates"}, WORK},
    {{"certificate.issue", "签发数字证书", "issue certificates"}, WORK},
    {{"certificate.lend", "借出、收回数字证书", "lend certificates and take them back"}, WORK},
    {{"certificate.read", "查看数字证书", "read certificates"}, READ},
    {{"certificate.review", "审核数字证书申请", "review applications for certificates"}, WORK},
    {{"certificate.revoke", "吊销数字证书", "revoke certificates"}, WORK},
    {{"certificate.serve", "受理变更、解锁", "change data and unlock at the counter"}, WORK},
    {{"document.manage", "管理文件", "manage documents"}, WORK},
    {{"document.read", "查看文件", "read documents"}, READ},
    {{"filing.receive", "接收备案", "receive filings"}, WORK},
    {{"filing.submit", "提交备案和统计", "submit filings and statistics"}, WORK},
    {{"grant.manage", "授权", "grant roles"}, SECURITY},
    {{"inspection.conclude", "作出年检结论", "conclude annual inspections"}, WORK},
    {{"inspection.read", "查看年检", "read annual inspections"}, READ},
    {{"inspection.report", "填报年检", "report for annual inspections"}, WORK},
    {{"inspection.review", "审查年检", "review annual inspections"}, WORK},
    {{"licence.issue", "签发电子证照", "issue electronic licences"}, WORK},
    {{"licence.read", "查看电子证照", "read electronic licences"}, READ},
    {{"party.manage", "管理主体", "manage parties"}, WORK},
    {{"party.read", "查看主体", "read parties"}, READ},
    {{"platform.authorise", "平台用章授权", "authorise seals on a platform"}, WORK},
    {{"policy.approve", "批准规则", "approve rule sets"}, SECURITY},
    {{"policy.propose", "提出规则", "propose rule sets"}, WORK},
    {{"policy.read", "查看规则", "read rule sets"}, READ},
    {{"report.read", "查看报表", "read reports"}, READ},
    {{"role.manage", "管理角色", "manage roles"}, SECURITY},
    {{"role.read", "查看角色和授权", "read roles and grants"}, READ},
    {{"seal.apply", "申请印章", "apply for seals"}, WORK},
    {{"seal.deputise", "批准代管、借用印章", "approve deputies and loans of seals"}, WORK},
    {{"seal.file", "印章备案", "file seals with public security"}, WORK},
    {{"seal.keep", "保管印章", "keep seals"}, WORK},
    {{"seal.make", "制作印章", "make seals"}, WORK},
    {{"seal.read", "查看印章", "read seals"}, READ},
    {{"seal.review", "审核印章申请", "review applications for seals"}, WORK},
    {{"seal.revoke", "注销印章", "revoke seals"}, WORK},
    {{"supervise", "监督检查", "supervise and inspect"}, WORK},
    {{"system.operate", "运行维护系统", "operate the system"}, SYSTEM},
    {{"system.read", "查看系统状态", "read the state of the system"}, READ},
    {{"use.apply", "申请用章", "apply for the use of seals"}, WORK},
    {{"use.approve", "审批用章", "approve the use of seals"}, WORK},
    {{"use.decide", "决定用章", "decide finally about the use of seals"}, WORK},
    {{"use.print", "打印盖章文件", "print sealed documents"}, WORK},
    {{"use.read", "查看用章记录", "read the records of use"}, READ},
    {{"use.sign", "盖章", "apply seals"}, WORK},
    {{"verification.make", "验章", "verify"}, READ},
    {{NULL, NULL, NULL}, READ},
};

const struct yx_permission *yx_permissions(void)
{
    return permissions;
}

const struct yx_permission *yx_permission_find(const char *id)
{
    for (size_t i = 0; permissions[i].word.id != NULL; i++)
        if (strcmp(permissions[i].word.id, id) == 0)
            return &permissions[i];
    return NULL;
}

const char *yx_permission_family_name(enum yx_permission_family family)
{
    static const char *const names[] = {"read", "work", "system", "security", "audit"};

    return names[family];
}

/* --- Preset roles ---------------------------------------------------------------------------- */

#define USER "user"
#define CA "certification-authority"
#define UNIT "application-unit"
#define REGULATOR "regulator"
#define AGENCY "seal-agency"
#define OPERATOR "operator"
#define YES "yes"
#define RECORD "record"
#define READ_OWN "certificate.read seal.read document.read use.read verification.make"
#define SUPERVISOR "party.read certificate.read seal.read use.read report.read supervise"
#define ROLE(number, account, type, id, zh, en, permissions) \
    {{id, zh, en}, number, account, type, permissions},

static const struct yx_party_preset presets[] = {
#include "party/role.inc"
};

const struct yx_party_preset *yx_party_presets(size_t *count)
{
    *count = COUNT_OF(presets);
    return presets;
}
