import {
  answer,
  bytesAnswer,
  type Call,
  errorAnswer,
  type Route,
} from "./_call.ts";
import { noConnection } from "./_routes_connections.ts";
import type { StoredFile } from "./_state.ts";
import { fileKey } from "./_files.ts";

/** `GET /api/company-data/connections/{id}/slots/{slotId}/file`: JSON even for those who accept XML. */
export const fileRoute: Route = {
  endpoint: "file",
  method: "GET",
  path: "/api/company-data/connections/:connectionId/slots/:slotId/file",
  jsonOnly: ({ settings }) => !settings.xmlFiles,
  answer: answerFile,
};

function answerFile(call: Call): Response {
  const { state, param } = call;
  const connectionId = param("connectionId");
  if (!state.people.withConnection(connectionId)) {
    return noConnection(call);
  }
  const file = state.files.get(fileKey(connectionId, param("slotId")));
  if (!file) {
    return errorAnswer(call, {
      status: 404,
      key: "company_data.file_not_found",
      message: "There is no file in this slot",
    });
  }
  return file.expiredAt === undefined
    ? fileAnswer(call, file)
    : expiredAnswer(call, file);
}

function fileAnswer(call: Call, file: StoredFile): Response {
  const headers = { "x-allus-content-sha256": file.sha256 };
  if (file.content instanceof Uint8Array) {
    return bytesAnswer(file.content, {
      headers: { ...headers, "content-type": file.mimeType },
    });
  }
  return answer(call, file.content, { headers });
}

function expiredAnswer(call: Call, file: StoredFile): Response {
  return errorAnswer(call, {
    status: 410,
    key: "company_data.file_expired",
    message: "The file was kept for 90 days and is gone",
    details: { content_sha256: file.sha256, expired_at: file.expiredAt },
  });
}
