// SPDX-License-Identifier: BSD-2-Clause
// Memory that the JVM does not count.
// status: memory_limit
// message: Memory limit exceeded: 32 MB
// limits: memory_mb=32

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		java.lang.reflect.Field f = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
		f.setAccessible(true);
		sun.misc.Unsafe unsafe = (sun.misc.Unsafe)f.get(null);
		while (true)
			unsafe.setMemory(unsafe.allocateMemory(1 << 20), 1 << 20, (byte)1);
	}
}
