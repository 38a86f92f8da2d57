using Microsoft.AspNetCore.Http;

namespace Roost.Web.Http;

/// <summary>A body that is not what it says it is: JSON, a form. Answered 400, with these words; what can be read and
/// is wrong is <see cref="Faults.Invalid"/>, 422.</summary>
internal sealed class UnreadableRequest(string message)
    : BadHttpRequestException(message, StatusCodes.Status400BadRequest);
