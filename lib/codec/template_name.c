/* What Go's types say of a field and the engine's JSON does not: the type that is behind null or a missing member, and the
   members whose Go name differs from the JSON one by more than case. The letter behind a name:
   [ list, * pointer, " text, 0 number, ~ duration, ! a name that Go does not have, and maps by what they hold:
   { texts, < objects without members, ( lists, @ pointers. */
#include "codec/template_node.h"

#include "base/mem.h"
#include "base/str.h"

#include <string.h>

static const char names[] =
	/* containers */
	" Health* ExecIDs[ SizeRw* SizeRootFs* Mounts[ Args[ Log[ State* NetworkSettings* HostConfig* Config*"
	/* their Config */
	" Healthcheck* ExposedPorts( Env[ Cmd[ Entrypoint[ Volumes< OnBuild[ Labels{ StopSignal\" StopTimeout* Shell["
	" MacAddress\" Hostname\" Domainname\" User\" WorkingDir\" ArgsEscaped0 NetworkDisabled0 Test["
	" Interval~ Timeout~ StartPeriod~ StartInterval~ Retries0"
	/* HostConfig */
	" Binds[ PortBindings( VolumesFrom[ Annotations{ CapAdd[ CapDrop[ DNS[ DNSOptions[ DNSSearch[ ExtraHosts["
	" GroupAdd[ Links[ SecurityOpt[ StorageOpt{ Tmpfs{ Sysctls{ Runtime\" BlkioWeightDevice[ BlkioDeviceReadBps["
	" BlkioDeviceWriteBps[ BlkioDeviceReadIOps[ BlkioDeviceWriteIOps[ Devices[ DeviceCgroupRules[ DeviceRequests["
	" MemorySwappiness* OomKillDisable* PidsLimit* Ulimits[ MaskedPaths[ ReadonlyPaths[ Init* KernelMemory0"
	" KernelMemoryTCP0 BindOptions* VolumeOptions* TmpfsOptions* ContainerIDFile\" Capabilities[ DeviceIDs["
	/* networks */
	" Ports( Networks@ IPAMConfig* Aliases[ DriverOpts{ DNSNames[ SecondaryIPAddresses[ SecondaryIPv6Addresses["
	" Gateway\" Subnet\" IPRange\" IPv4Address\" IPv6Address\" LinkLocalIPs[ Options{ Peers[ Services{ AuxiliaryAddresses{ AuxAddress{ Containers< GwPriority0 EnableIPv40"
	/* images and volumes */
	" RepoTags[ RepoDigests[ Parent\" Comment\" Container\" ContainerConfig* DockerVersion\" Author\" Variant\""
	" OsVersion\" Layers[ Data{ Manifests[ Descriptor* Status{ UsageData* ClusterVolume*"
	/* events, version and info */
	" Attributes{ Details{ Runtimes{ Platform* Server* Components[ Labels{ DriverStatus[ Warnings[ ServerErrors["
	/* JSON's names that are not Go's */
	" Id! Dns! DnsOptions! DnsSearch! CpuShares! NanoCpus! CpuPeriod! CpuQuota! CpuRealtimePeriod!"
	" CpuRealtimeRuntime! CpuCfsPeriod! CpuCfsQuota! ";

char template_name(const char *name)
{
	size_t n = name ? strlen(name) : 0;
	for (const char *p = n ? names + 1 : NULL; p && (p = strstr(p, name)); p++)
		if (p[-1] == ' ' && p[n] && p[n + 1] == ' ')
			return p[n];
	return 0;
}

bool template_is_map(const struct run *r, const struct json *v)
{
	char c = v->name ? template_name(v->name) : 0;
	if (r->kind != TEMPLATE_GO || (c && strchr("{<(@", c)))
		return true;
	/* The options of a log driver and the settings of a container have the same name. */
	return v->name && str_eq(v->name, "Config") && (v->len == 0 || (!json_get(v, "Cmd") && !json_get(v, "Env")));
}

const struct json *template_zero(struct run *r, const char *name)
{
	char c = template_name(name);
	if (!c || c == '!')
		return NULL;
	if (c == '"')
		return template_text(r, "", 0);
	struct json *v = c == '0' || c == '~' ? template_int(r, 0) : template_text(r, "", 0);
	if (v->type == JSON_T_STRING)
		v->type = JSON_T_NULL;
	v->name = mem_strdup(name);
	return v;
}
