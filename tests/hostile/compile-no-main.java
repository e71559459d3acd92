// SPDX-License-Identifier: BSD-2-Clause
// Nothing that can be run.
// status: exception
// message: Could not create and run instance of class

class A { void main() { } }
