using Roost.Rpc;
using Roost.Services.Posts;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>Reads the poll that a post shall have: <c>poll[options][]</c>, <c>poll[expires_in]</c>,
/// <c>poll[multiple]</c>, <c>poll[hide_totals]</c>.</summary>
internal static class ComposePoll
{
    /// <summary>What clients are told of.</summary>
    public const int OptionCharactersMax = 50;

    /// <summary>Null when none was sent.</summary>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: says what is wrong.</exception>
    public static Poll? Of(Parameters parameters, DateTimeOffset now)
    {
        if (!parameters.Has("poll")) return null;
        string[] options = [.. parameters.List("poll[options]").Select(option => option ?? "")];
        if (options.Length == 0) throw Faults.Invalid("Validation failed: Poll options can't be blank");
        foreach (var option in options)
        {
            var count = PostText.CharacterCount(option);
            if (count > OptionCharactersMax)
            {
                throw Faults.Invalid(
                    $"Validation failed: A poll option has {count} characters; the limit is {OptionCharactersMax}");
            }
        }
        var seconds = parameters.Number("poll[expires_in]");
        if (seconds == 0) throw Faults.Invalid("Validation failed: poll[expires_in] can't be blank");
        // What is longer than a poll can last is refused by who keeps polls.
        var lasts = TimeSpan.FromSeconds(Math.Min(seconds, (long)(2 * Poll.LastsMax.TotalSeconds)));
        return new Poll(
            options, parameters.Flag("poll[multiple]") is true, parameters.Flag("poll[hide_totals]") is true,
            now + lasts);
    }
}
