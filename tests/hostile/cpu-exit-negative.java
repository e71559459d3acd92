// SPDX-License-Identifier: BSD-2-Clause
// An exit code that is none.
// status: nonzero_exit
// message: Exited with code 255

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		Runtime.getRuntime().halt(-1);
	}
}
