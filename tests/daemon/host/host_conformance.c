/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/daemon/host/host_conformance_internal.h"

#define CHECK_OF(name) {#name, host_conforms_##name},

const struct host_conformance_check host_conformance_checks[] = {
    HOST_CONFORMANCE_CHECKS(CHECK_OF)};
const size_t n_host_conformance_checks =
    sizeof host_conformance_checks / sizeof *host_conformance_checks;
