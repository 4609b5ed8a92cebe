package cluster

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

const mega = 1 << 20

// arguments start the server with every setting it needs, so that nothing has
// to be edited in its files. What the server writes to its log is kept free
// of the values in statements: they are people's names.
func (c *Cluster) arguments() []string {
	settings := []string{
		"listen_addresses=",
		"unix_socket_directories=" + c.socket,
		"unix_socket_permissions=0700",
		"port=" + port,
		"max_connections=200",
		"shared_buffers=" + strconv.Itoa(sharedBuffers()/mega) + "MB",
		"dynamic_shared_memory_type=" + sharedMemory(),
		"max_wal_size=4GB",
		"checkpoint_timeout=15min",
		"wal_compression=on",
		"jit=off",
		"timezone=UTC",
		"log_timezone=UTC",
		"logging_collector=off",
		"log_destination=stderr",
		"log_line_prefix=%m [%p] ",
		"log_error_verbosity=terse",
		"log_min_error_statement=panic",
		"log_statement=none",
		"log_checkpoints=off",
	}
	if c.disposable() {
		settings = append(settings, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
	}
	args := []string{"-D", c.data}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}

// sharedBuffers is an eighth of the memory, between 128 and 512 megabytes.
func sharedBuffers() int {
	return min(max(memory()/8, 128*mega), 512*mega)
}

// memory is what this machine or container has, in bytes; 2 gigabytes where
// it does not say.
func memory() int {
	total := 2048 * mega
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if f := bytes.Fields(text); len(f) > 1 && string(f[0]) == "MemTotal:" {
			if kb, err := strconv.Atoi(string(f[1])); err == nil {
				total = kb * 1024
			}
		}
	}
	if text, err := os.ReadFile("/sys/fs/cgroup/memory.max"); err == nil {
		if limit, err := strconv.Atoi(string(bytes.TrimSpace(text))); err == nil {
			total = min(total, limit)
		}
	}
	return total
}

// sharedMemory keeps parallel queries off a /dev/shm too small for them, as
// containers have by default.
func sharedMemory() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err == nil && int(fs.Blocks)*int(fs.Bsize) < 512*mega {
		return "mmap"
	}
	return "posix"
}
