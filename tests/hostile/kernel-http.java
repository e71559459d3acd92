// SPDX-License-Identifier: BSD-2-Clause
// A client with threads of its own.
// status: security
// message: Denied system call: socket

import java.io.*;
import java.nio.file.*;
import java.util.*;

public class Main {
	public static void main(String[] args) throws Exception {
		java.net.http.HttpClient.newHttpClient().send(java.net.http.HttpRequest.newBuilder(
			java.net.URI.create("http://127.0.0.1:8888/")).build(),
			java.net.http.HttpResponse.BodyHandlers.discarding());
	}
}
