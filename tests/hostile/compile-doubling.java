// SPDX-License-Identifier: BSD-2-Clause
// Each constant is twice as long as the one before.
// status: compile_limit
// message: Compile memory limit exceeded: 64 MB
// limits: compile_memory_mb=64

class A {
	static final String s0 = "0123456789abcdef";
	static final String s1 = s0 + s0, s2 = s1 + s1, s3 = s2 + s2, s4 = s3 + s3, s5 = s4 + s4;
	static final String s6 = s5 + s5, s7 = s6 + s6, s8 = s7 + s7, s9 = s8 + s8, sa = s9 + s9;
	static final String sb = sa + sa, sc = sb + sb, sd = sc + sc, se = sd + sd, sf = se + se;
	static final String t0 = sf + sf, t1 = t0 + t0, t2 = t1 + t1, t3 = t2 + t2, t4 = t3 + t3;
	static final String t5 = t4 + t4, t6 = t5 + t5, t7 = t6 + t6, t8 = t7 + t7, t9 = t8 + t8;
}
