// SPDX-License-Identifier: BSD-2-Clause
// Says that it was denied something.
// status: exception
// message: Uncaught exception

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		throw new IOException("Operation not permitted");
	}
}
