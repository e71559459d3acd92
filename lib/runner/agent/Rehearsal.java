/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

/** A program that does nothing: running it loads what every program needs. */
public final class Rehearsal {
	private Rehearsal() {
	}

	public static void main(String[] args) {
	}
}
