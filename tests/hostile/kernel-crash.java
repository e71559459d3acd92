// SPDX-License-Identifier: BSD-2-Clause
// Crashes the JVM.
// status: signal
// message: The JVM died: signal

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		java.lang.reflect.Field f = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
		f.setAccessible(true);
		((sun.misc.Unsafe)f.get(null)).putAddress(0, 0);
	}
}
