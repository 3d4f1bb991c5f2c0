// A PKCS #11 module with one token that behaves as the environment says, for what SoftHSM can't
// be brought to. Each variable is read when it is needed:
//
//   MODULE_FLAGS    the flags of the token in hexadecimal; MODULE_AFTER, those after a login
//   MODULE_LOGIN    the answer to a login
//   MODULE_LOG      a file that gets a byte for each login
//   MODULE_HANGS    the file that ends C_GetSlotList when it appears
//   MODULE_POINT    CKA_EC_POINT of the public key in hexadecimal
//   MODULE_LABEL    the label of the token
//   MODULE_ENDLESS  C_FindObjects always finds more
//   MODULE_SIGNATURE  the length of signatures in hexadecimal
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11go.h"

static int logged_in, tried;
static CK_OBJECT_CLASS wanted;
static CK_ULONG found;

static CK_ULONG number(const char *name, CK_ULONG otherwise) {
	const char *text = getenv(name);
	return text && *text ? strtoul(text, NULL, 16) : otherwise;
}

static void padded(CK_UTF8CHAR *field, const char *text, size_t length) {
	memset(field, ' ', length);
	size_t n = strlen(text);
	memcpy(field, text, n < length ? n : length);
}

static CK_RV initialize(CK_VOID_PTR args) { logged_in = 0; return CKR_OK; }
static CK_RV finalize(CK_VOID_PTR reserved) { return CKR_OK; }

static CK_RV slots(CK_BBOOL present, CK_SLOT_ID_PTR list, CK_ULONG_PTR count) {
	const char *end = getenv("MODULE_HANGS");
	while (end && *end && access(end, F_OK) != 0)
		usleep(10000);
	if (list)
		list[0] = 7;
	*count = 1;
	return CKR_OK;
}

static CK_RV token(CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info) {
	memset(info, 0, sizeof *info);
	const char *label = getenv("MODULE_LABEL");
	padded(info->label, label && *label ? label : "feigned", sizeof info->label);
	padded(info->serialNumber, "42", sizeof info->serialNumber);
	info->flags = number(tried ? "MODULE_AFTER" : "MODULE_FLAGS", number("MODULE_FLAGS", 0x40c));
	info->ulMinPinLen = 4;
	info->ulMaxPinLen = 8;
	return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID slot, CK_FLAGS flags, CK_VOID_PTR app, CK_NOTIFY notify, CK_SESSION_HANDLE_PTR out) {
	*out = 1;
	return CKR_OK;
}

static CK_RV close_session(CK_SESSION_HANDLE session) { return CKR_OK; }

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG length) {
	const char *name = getenv("MODULE_LOG");
	FILE *log = name ? fopen(name, "a") : NULL;
	if (log) {
		fputc('.', log);
		fclose(log);
	}
	tried = 1;
	CK_RV answer = number("MODULE_LOGIN", CKR_OK);
	logged_in = answer == CKR_OK;
	return answer;
}

static CK_RV logout(CK_SESSION_HANDLE session) { logged_in = 0; return CKR_OK; }

static CK_RV find_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR template, CK_ULONG count) {
	wanted = *(CK_OBJECT_CLASS *)template[0].pValue;
	found = 0;
	return CKR_OK;
}

static CK_RV find(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE_PTR out, CK_ULONG most, CK_ULONG_PTR count) {
	const char *endless = getenv("MODULE_ENDLESS");
	int is_there = wanted == CKO_PUBLIC_KEY || (wanted == CKO_PRIVATE_KEY && logged_in);
	*count = 0;
	while (*count < most && is_there && (found == 0 || (endless && *endless)))
		out[(*count)++] = 10 * wanted + (++found > 0);
	return CKR_OK;
}

static CK_RV find_final(CK_SESSION_HANDLE session) { return CKR_OK; }

static CK_RV give(CK_ATTRIBUTE_PTR to, const void *value, CK_ULONG length) {
	if (to->pValue)
		memcpy(to->pValue, value, length);
	to->ulValueLen = length;
	return CKR_OK;
}

static CK_RV attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR out, CK_ULONG count) {
	static const CK_BYTE p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
	CK_ULONG kind = CKK_EC;
	CK_BYTE point[512];
	CK_ULONG length = 0;
	const char *hex = getenv("MODULE_POINT");
	switch (out->type) {
	case CKA_KEY_TYPE:
		return give(out, &kind, sizeof kind);
	case CKA_ID:
		return give(out, "\x01", 1);
	case CKA_LABEL:
		return give(out, "root\x1b]0;title\x07", 13);
	case CKA_EC_PARAMS:
		return give(out, p256, sizeof p256);
	case CKA_EC_POINT:
		for (; hex && hex[0] && hex[1] && length < sizeof point; hex += 2) {
			unsigned byte;
			sscanf(hex, "%2x", &byte);
			point[length++] = byte;
		}
		return give(out, point, length);
	default:
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM_PTR mechanism, CK_OBJECT_HANDLE key) { return CKR_OK; }

static CK_RV sign(CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG length, CK_BYTE_PTR out, CK_ULONG_PTR out_length) {
	*out_length = number("MODULE_SIGNATURE", 64);
	if (out)
		memset(out, 0x17, *out_length);
	return CKR_OK;
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST_PTR_PTR out) {
	static CK_FUNCTION_LIST list;
	list.version.major = 2;
	list.version.minor = 40;
	list.C_Initialize = initialize;
	list.C_Finalize = finalize;
	list.C_GetSlotList = slots;
	list.C_GetTokenInfo = token;
	list.C_OpenSession = open_session;
	list.C_CloseSession = close_session;
	list.C_Login = login;
	list.C_Logout = logout;
	list.C_FindObjectsInit = find_init;
	list.C_FindObjects = find;
	list.C_FindObjectsFinal = find_final;
	list.C_GetAttributeValue = attribute;
	list.C_SignInit = sign_init;
	list.C_Sign = sign;
	*out = &list;
	return CKR_OK;
}
