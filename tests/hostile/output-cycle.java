// SPDX-License-Identifier: BSD-2-Clause
// Causes that are each other's.
// status: exception
// message: Uncaught exception

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Exception a = new Exception("a"), b = new Exception("b", a);
		a.initCause(b);
		throw a;
	}
}
