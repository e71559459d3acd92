// SPDX-License-Identifier: BSD-2-Clause
// A module and no class.
// status: compile_error
// message: No class name found in code

module m { }
