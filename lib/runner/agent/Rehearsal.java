/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Run in a JVM that waits while there are no jobs: what the first lambda and the first
 * stream load and generate is there then. A program that has them would take twice as
 * long; one that has none does not need it.
 */
public final class Rehearsal {
	private Rehearsal() {
	}

	public static void main(String[] args) {
		List<Integer> numbers = new ArrayList<>();
		int sum = IntStream.rangeClosed(1, 4).filter(i -> i % 2 == 0).sum();
		String text;

		for (int i = 0; i < sum; i++)
			numbers.add(i);
		text = numbers.stream().map(n -> n.toString()).collect(Collectors.joining(","));
		numbers.forEach(n -> text(n + ":" + sum));
		text(text);
	}

	/** Nothing is printed: the output is the program's. */
	private static void text(String text) {
		if (text.isEmpty())
			throw new IllegalStateException(text);
	}
}
