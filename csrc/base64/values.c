#include "values.h"

#define AS_IS(value) (value)

const signed char fq_base64_values[256] = {FQ_BASE64_VALUES(AS_IS)};
