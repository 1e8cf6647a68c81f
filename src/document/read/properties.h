/* Title, subject, keywords and comments of Office's old documents, from their stream "\5SummaryInformation"; source: [MS-OLEPS]. Each is given as a line of KH_PART_PROPERTIES. */
#pragma once

#include "document/read/reading.h"

#define KH_PROPERTIES_STREAM "\5SummaryInformation"

void kh_properties_read(struct kh_reading *r, const uint8_t *bytes, size_t n);
