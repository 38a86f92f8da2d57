using Roost.Rpc;

namespace Roost.Web.Http;

/// <summary>The refusals that many endpoints share, in the words that clients know.</summary>
internal static class Faults
{
    public static ServiceException NotFound() => new(ErrorCode.NotFound, "Record not found");

    public static ServiceException NotAllowed() => new(ErrorCode.Forbidden, "This action is not allowed");

    public static ServiceException Invalid(string message) => new(ErrorCode.Invalid, message);
}
