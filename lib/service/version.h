/*
 * version: what `dr --version`, backups and the state of services call this dr.
 */
#ifndef SERVICE_VERSION_H
#define SERVICE_VERSION_H

#define DR_VERSION "1.0.0"

#endif
