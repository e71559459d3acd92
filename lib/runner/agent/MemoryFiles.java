/* SPDX-License-Identifier: BSD-2-Clause */
package jsl.agent;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.StandardLocation;

/**
 * Where javac reads and writes: the modules of the JDK, and memory. There is no class
 * path and no source path, so a source can name nothing but itself and the JDK.
 */
final class MemoryFiles extends ForwardingJavaFileManager<StandardJavaFileManager> {
	/** What all class files of a job may take; JSL_RUNNER_CLASSES_MAX. */
	static final int CLASSES_MAX = 16 << 20;

	private final List<ClassFile> classes = new ArrayList<>();
	private int total;
	private boolean full;

	/** A class file that was written. */
	static final class ClassFile extends SimpleJavaFileObject {
		final String name;
		byte[] bytes = new byte[0];
		private final MemoryFiles owner;

		ClassFile(String name, MemoryFiles owner) {
			super(URI.create("memory:///class"), Kind.CLASS);
			this.name = name;
			this.owner = owner;
		}

		@Override
		public OutputStream openOutputStream() {
			return new ByteArrayOutputStream() {
				@Override
				public void close() throws IOException {
					owner.charge(size());
					bytes = toByteArray();
				}
			};
		}
	}

	MemoryFiles(StandardJavaFileManager standard) throws IOException {
		super(standard);
		standard.setLocation(StandardLocation.CLASS_PATH, Collections.emptyList());
		standard.setLocation(StandardLocation.SOURCE_PATH, Collections.emptyList());
	}

	private void charge(int bytes) throws IOException {
		if (bytes > CLASSES_MAX - total) {
			full = true;
			throw new IOException("class files too large");
		}
		total += bytes;
	}

	@Override
	public JavaFileObject getJavaFileForOutput(JavaFileManager.Location location,
			String className, JavaFileObject.Kind kind, FileObject sibling) {
		ClassFile file = new ClassFile(className, this);

		classes.add(file);
		return file;
	}

	@Override
	public boolean isSameFile(FileObject a, FileObject b) {
		return a == b;
	}

	List<ClassFile> classes() {
		return classes;
	}

	boolean isFull() {
		return full;
	}

	/** Forget the last job. */
	void reset() {
		classes.clear();
		total = 0;
		full = false;
	}
}
