// SPDX-License-Identifier: BSD-2-Clause
// A Unicode escape that ends the comment it is in.
// status: ok
// output: escaped

/* \u002a\u002f class A { public static void main(String[] a) { System.out.print("escaped"); } } /* */
