// SPDX-License-Identifier: BSD-2-Clause
// Nothing at all.
// status: compile_error
// message: No class name found in code

