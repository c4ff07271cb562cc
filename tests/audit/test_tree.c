/* SPDX-License-Identifier: Apache-2.0 */
/* test_tree.c - roots and proofs against the definitions of RFC 9162 2.1, written down once more in
 * their recursive form. REQ: AUD-01 */
#include "support.h"

#include "audit/tree.h"
#include "crypto/crypto.h"
#include "hex.h"

#define LEAVES 300

static struct yx_audit_digest leaves[LEAVES];

static int make_leaves(void **state)
{
    struct yx_error err;

    (void)state;
    for (uint32_t i = 0; i < LEAVES; i++)
        expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES(&i, sizeof i), leaves[i].octets, &err), &err);
    return 0;
}

/* MTH(D[low:high]) of 2.1.1, word for word. */
static struct yx_audit_digest mth(uint64_t low, uint64_t high)
{
    uint8_t node[65] = {1};
    struct yx_audit_digest out, half;
    struct yx_error err;
    uint64_t k = 1;

    if (high - low == 1)
        return leaves[low];
    while (k * 2 < high - low)
        k *= 2;
    half = mth(low, low + k);
    memcpy(node + 1, half.octets, 32);
    half = mth(low + k, high);
    memcpy(node + 33, half.octets, 32);
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES(node, sizeof node), out.octets, &err), &err);
    return out;
}

static yx_status subtree(void *self, unsigned level, uint64_t index, struct yx_audit_digest *out,
                         struct yx_error *err)
{
    (void)err;
    assert_true((index + 1) << level <= *(uint64_t *)self);
    *out = mth(index << level, (index + 1) << level);
    return YX_OK;
}

static struct yx_audit_head head_of(uint64_t size)
{
    return (struct yx_audit_head){.size = (int64_t)size, .root = mth(0, size)};
}

static void the_empty_tree(void **state)
{
    struct yx_tree_edge edge = {0};
    struct yx_audit_digest root, expected;
    struct yx_error err;

    (void)state;
    expect_ok(yx_tree_root(&edge, &root, &err), &err);
    expect_ok(yx_digest(YX_DIGEST_SM3, YX_BYTES("", 0), expected.octets, &err), &err);
    assert_memory_equal(&root, &expected, sizeof root);
}

static void roots_of_all_sizes(void **state)
{
    struct yx_tree_edge edge = {0};
    struct yx_error err;

    (void)state;
    for (uint64_t size = 1; size <= LEAVES; size++) {
        struct yx_audit_digest grown, collected, expected = mth(0, size);
        const struct yx_tree_source source = {subtree, &size};

        expect_ok(yx_tree_append(&edge, &leaves[size - 1], &err), &err);
        expect_ok(yx_tree_root(&edge, &grown, &err), &err);
        assert_memory_equal(&grown, &expected, sizeof grown);
        expect_ok(yx_tree_root_of(&source, size, &collected, &err), &err);
        assert_memory_equal(&collected, &expected, sizeof collected);
    }
}

/* Nothing that differs in one bit, is one step shorter or longer, or is about another place holds.
 */
static void expect_only_this_leaf(uint64_t index, uint64_t size, const struct yx_audit_proof *proof)
{
    struct yx_audit_head head = head_of(size);
    struct yx_audit_proof wrong;
    struct yx_error err;

    expect_ok(yx_audit_check_leaf(&leaves[index], (int64_t)index + 1, &head, proof, &err), &err);
    for (size_t i = 0; i < proof->count; i++) {
        wrong = *proof;
        wrong.path[i].octets[i % 32] ^= 1;
        expect_status(yx_audit_check_leaf(&leaves[index], (int64_t)index + 1, &head, &wrong, &err),
                      YX_REFUSED, &err);
    }
    wrong = *proof;
    wrong.path[wrong.count++] = leaves[0];
    expect_status(yx_audit_check_leaf(&leaves[index], (int64_t)index + 1, &head, &wrong, &err),
                  YX_REFUSED, &err);
    if (proof->count > 0) {
        wrong = *proof;
        wrong.count--;
        expect_status(yx_audit_check_leaf(&leaves[index], (int64_t)index + 1, &head, &wrong, &err),
                      YX_REFUSED, &err);
    }
    expect_status(
        yx_audit_check_leaf(&leaves[(index + 1) % LEAVES], (int64_t)index + 1, &head, proof, &err),
        YX_REFUSED, &err);
    if (index + 2 <= size)
        expect_status(yx_audit_check_leaf(&leaves[index], (int64_t)index + 2, &head, proof, &err),
                      YX_REFUSED, &err);
}

static void every_leaf_can_be_proved(void **state)
{
    struct yx_error err;

    (void)state;
    for (uint64_t size = 1; size <= 70; size++)
        for (uint64_t index = 0; index < size; index++) {
            const struct yx_tree_source source = {subtree, &size};
            struct yx_audit_proof proof;

            expect_ok(yx_tree_prove_leaf(&source, index, size, &proof, &err), &err);
            expect_only_this_leaf(index, size, &proof);
        }
}

static void numbers_outside_are_refused(void **state)
{
    struct yx_audit_head head = head_of(7);
    const struct yx_audit_proof none = {0};
    struct yx_error err;

    (void)state;
    expect_status(yx_audit_check_leaf(&leaves[0], 0, &head, &none, &err), YX_REFUSED, &err);
    expect_status(yx_audit_check_leaf(&leaves[0], -1, &head, &none, &err), YX_REFUSED, &err);
    expect_status(yx_audit_check_leaf(&leaves[0], 8, &head, &none, &err), YX_REFUSED, &err);
    head.size = 0;
    expect_status(yx_audit_check_leaf(&leaves[0], 1, &head, &none, &err), YX_REFUSED, &err);
}

static void expect_only_this_growth(uint64_t old, uint64_t size, const struct yx_audit_proof *proof)
{
    struct yx_audit_head before = head_of(old), after = head_of(size), forged;
    struct yx_audit_proof wrong;
    struct yx_error err;

    expect_ok(yx_audit_check_growth(&before, &after, proof, &err), &err);
    for (size_t i = 0; i < proof->count; i++) {
        wrong = *proof;
        wrong.path[i].octets[i % 32] ^= 1;
        expect_status(yx_audit_check_growth(&before, &after, &wrong, &err), YX_REFUSED, &err);
    }
    wrong = *proof;
    wrong.path[wrong.count++] = leaves[0];
    expect_status(yx_audit_check_growth(&before, &after, &wrong, &err), YX_REFUSED, &err);
    if (proof->count > 0) {
        wrong = *proof;
        wrong.count--;
        expect_status(yx_audit_check_growth(&before, &after, &wrong, &err), YX_REFUSED, &err);
    }
    forged = before;
    forged.root.octets[0] ^= 1;
    expect_status(yx_audit_check_growth(&forged, &after, proof, &err), YX_REFUSED, &err);
    forged = after;
    forged.root.octets[0] ^= 1;
    expect_status(yx_audit_check_growth(&before, &forged, proof, &err), YX_REFUSED, &err);
    if (old != size)
        expect_status(yx_audit_check_growth(&after, &before, proof, &err), YX_REFUSED, &err);
}

static void growth_can_be_proved(void **state)
{
    struct yx_error err;

    (void)state;
    for (uint64_t size = 1; size <= 70; size++)
        for (uint64_t old = 1; old <= size; old++) {
            const struct yx_tree_source source = {subtree, &size};
            struct yx_audit_proof proof;

            expect_ok(yx_tree_prove_growth(&source, old, size, &proof, &err), &err);
            expect_only_this_growth(old, size, &proof);
        }
}

static void everything_grew_out_of_nothing(void **state)
{
    struct yx_audit_head nothing = {0}, some = head_of(3);
    struct yx_audit_proof proof = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_audit_check_growth(&nothing, &some, &proof, &err), &err);
    proof.count = 1;
    expect_status(yx_audit_check_growth(&nothing, &some, &proof, &err), YX_REFUSED, &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_tree),
        cmocka_unit_test(roots_of_all_sizes),
        cmocka_unit_test(every_leaf_can_be_proved),
        cmocka_unit_test(numbers_outside_are_refused),
        cmocka_unit_test(growth_can_be_proved),
        cmocka_unit_test(everything_grew_out_of_nothing),
    };

    return cmocka_run_group_tests(tests, make_leaves, NULL);
}
