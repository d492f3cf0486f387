/*
 * licenses: the notices of everything that is linked into dr, as those licences ask.
 */
#ifndef DR_LICENSES_H
#define DR_LICENSES_H

void licenses_print(void);

#endif
