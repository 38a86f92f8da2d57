using Roost.Rpc;

namespace Roost.Web.Http;

/// <summary>The refusals that many endpoints share, in the words that clients know.</summary>
internal static class Faults
{
    public static ServiceException NotFound() => new(ErrorCode.NotFound, "Record not found");

    public static ServiceException NotAllowed() => new(ErrorCode.Forbidden, "This action is not allowed");

    /// <summary>A refusal as a sentence for people, without what only clients expect before it.</summary>
    public static string InWords(ServiceException refusal)
    {
        const string prefix = "Validation failed: ";
        var text = refusal.Message.StartsWith(prefix, StringComparison.Ordinal)
            ? refusal.Message[prefix.Length..]
            : refusal.Message;
        return text.TrimEnd('.') + ".";
    }

    public static ServiceException Invalid(string message) => new(ErrorCode.Invalid, message);
}
