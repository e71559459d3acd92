/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

/** A program that uses what submitted programs use, so that javac has seen it all. */
final class WarmUp {
	static final String SOURCE = String.join("\n",
		"import java.util.*;",
		"import java.util.function.*;",
		"import java.util.stream.*;",
		"public class WarmUp {",
		"	interface Shape { double area(); }",
		"	static class Square implements Shape {",
		"		private final double side;",
		"		Square(double side) { this.side = side; }",
		"		@Override public double area() { return side * side; }",
		"	}",
		"	enum Colour { RED, GREEN }",
		"	static <T extends Comparable<T>> T max(List<? extends T> all) {",
		"		T best = null;",
		"		for (T t : all)",
		"			if (best == null || t.compareTo(best) > 0) best = t;",
		"		return best;",
		"	}",
		"	static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }",
		"	public String run() {",
		"		Map<String, List<Integer>> map = new HashMap<>();",
		"		try {",
		"			map.computeIfAbsent(\"a\", k -> new ArrayList<>()).add(1);",
		"			switch (Colour.RED) { case RED: fib(3); break; default: }",
		"		} catch (RuntimeException e) {",
		"			throw new IllegalStateException(\"no\" + e.getMessage(), e);",
		"		} finally {",
		"			new Square(2).area();",
		"		}",
		"		return IntStream.range(0, 9).mapToObj(i -> i + \"x\")",
		"			.collect(Collectors.joining(\",\"));",
		"	}",
		"	public static void main(String[] args) {",
		"		StringBuilder sb = new StringBuilder();",
		"		int[] numbers = new int[10];",
		"		for (int i = 0; i < numbers.length; i++) sb.append(numbers[i]).append('\\n');",
		"		System.out.println(sb + new WarmUp().run() + max(Arrays.asList(1, 2)));",
		"		System.out.printf(\"%d %s%n\", 3, args.length == 0 ? \"none\" : args[0]);",
		"	}",
		"}");

	private WarmUp() {
	}
}
