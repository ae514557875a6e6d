// A USB bus for pcscd, loaded before libudev: one reader is plugged into it, and a byte in the pipe EVENTS
// unplugs it ('r') or plugs it in again ('a'). What the service does about that is its own doing. The reader is of
// a kind that libccid knows; in place of libccid its driver is vpcd, on PORT. SELF is this library's path.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

typedef long response; // RESPONSECODE of ifdhandler.h

static char thing; // what every handle of libudev's points to
static char event = 'a';

void *udev_new(void) { return &thing; }
void *udev_unref(void *udev) { return NULL; }

void *udev_monitor_new_from_netlink(void *udev, const char *name) { return &thing; }
int udev_monitor_filter_add_match_subsystem_devtype(void *monitor, const char *subsystem, const char *type) { return 0; }
int udev_monitor_enable_receiving(void *monitor) { return 0; }

// Open for both, the pipe is never at its end.
static int events(void) {
	static int fd = -1;
	if (fd < 0)
		fd = open(EVENTS, O_RDWR | O_CLOEXEC);
	return fd;
}

int udev_monitor_get_fd(void *monitor) { return events(); }

void *udev_monitor_receive_device(void *monitor) { return read(events(), &event, 1) == 1 ? &thing : NULL; }

void *udev_enumerate_new(void *udev) { return &thing; }
int udev_enumerate_add_match_subsystem(void *enumerate, const char *subsystem) { return 0; }
int udev_enumerate_scan_devices(void *enumerate) { return 0; }
void *udev_enumerate_get_list_entry(void *enumerate) { return &thing; }
void *udev_list_entry_get_next(void *entry) { return NULL; }
const char *udev_list_entry_get_name(void *entry) { return "/sys/reader"; }
void *udev_enumerate_unref(void *enumerate) { return NULL; }

void *udev_device_new_from_syspath(void *udev, const char *path) { return &thing; }
void *udev_device_unref(void *device) { return NULL; }
void *udev_device_get_parent_with_subsystem_devtype(void *device, const char *subsystem, const char *type) { return &thing; }
const char *udev_device_get_action(void *device) { return event == 'a' ? "add" : "remove"; }
const char *udev_device_get_devnode(void *device) { return "/dev/bus/usb/001/001"; }
const char *udev_device_get_sysname(void *device) { return "1-1:1.0"; }

const char *udev_device_get_sysattr_value(void *device, const char *name) {
	static const char *const attributes[][2] = {
		{"idVendor", "072f"}, {"idProduct", "b100"}, // ACS ACR39U ICC Reader
		{"bConfigurationValue", "1"}, {"bInterfaceNumber", "00"}, {"bInterfaceClass", "0b"},
	};
	for (unsigned i = 0; i < sizeof attributes / sizeof *attributes; i++)
		if (strcmp(attributes[i][0], name) == 0)
			return attributes[i][1];
	return NULL;
}

// The service finds the driver's functions in this library, and those that are not here in vpcd's.
void *dlopen(const char *path, int flags) {
	void *(*real)(const char *, int) = dlsym(RTLD_NEXT, "dlopen");
	return real(path != NULL && strstr(path, "libccid") != NULL ? SELF : path, flags);
}

response IFDHCreateChannelByName(unsigned long lun, char *name) {
	response (*real)(unsigned long, char *) = dlsym(RTLD_NEXT, "IFDHCreateChannelByName");
	char port[] = "/dev/null:" PORT;
	return real(lun, port);
}
