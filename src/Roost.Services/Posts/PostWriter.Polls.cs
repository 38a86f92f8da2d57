using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

internal sealed partial class PostWriter
{
    public async ValueTask<bool> VoteAsync(VoteInPoll request, Call call)
    {
        if (await reader.FindOriginalAsync(request.Account, request.Id, call) is not { Poll: { } poll } post)
            return false;
        if (post.Author == request.Account)
            throw Refused("You can't vote in your own polls");
        var choices = ChoicesOf(request, poll);
        var record = index.PollOf(post.Ref.Seq);
        if (index.EditOf(post.Ref.Seq) != post.Edit || record == 0)
        {
            throw new ServiceException(
                ErrorCode.Conflict, "The poll has just been changed. Look at it again, then vote.");
        }
        using var held = await _gate.EnterAsync(Pair(request.Account, record), call.Cancellation);
        if (time.GetUtcNow() >= poll.EndsAt)
            throw Refused("The poll has already ended");
        if (index.VoteBy(request.Account, record) != 0)
            throw Refused("You have already voted on this poll");
        await AppendAsync(
            RecordKind.Vote, request.Account, log[record].Id, default, call, RecordFlags.OfChoices(choices));
        return true;
    }

    /// <summary>A bit for each option.</summary>
    private static int ChoicesOf(VoteInPoll request, Poll poll)
    {
        var choices = 0;
        foreach (var choice in request.Choices)
        {
            if (choice < 0 || choice >= poll.Options.Count)
                throw Refused("The chosen vote option does not exist");
            choices |= 1 << choice;
        }
        if (choices == 0)
            throw Refused("No vote option was chosen; send choices[]");
        return poll.IsMultiple || int.PopCount(choices) == 1
            ? choices
            : throw Refused("Only one option can be chosen in this poll");
    }

    /// <summary>A poll as it will be read back, if it is one that can be posted.</summary>
    private Poll Checked(Poll poll, int pictures)
    {
        if (pictures > 0)
            throw Refused("A post has pictures or a poll, not both");
        string[] options = [.. poll.Options.Select(option => WellFormed(option.Trim()))];
        if (options.Length < 2 || options.Any(string.IsNullOrEmpty))
            throw Refused("Poll options must have more than one item, and none can be blank");
        if (options.Length > Poll.OptionsMax)
            throw Refused($"Poll options can't contain more than {Poll.OptionsMax} items");
        if (options.Any(option => option.Length > Poll.OptionLengthMax))
            throw Refused("Poll options are too long");
        if (options.Distinct().Count() < options.Length)
            throw Refused("Poll options contain duplicate items");
        var lasts = poll.EndsAt - time.GetUtcNow();
        if (lasts < Poll.LastsMin - TimeSpan.FromSeconds(1) || lasts > Poll.LastsMax)
        {
            throw Refused(
                $"Poll expires_in must be {Poll.LastsMin.TotalSeconds:0} to {Poll.LastsMax.TotalSeconds:0} seconds");
        }
        var endsAt = DateTimeOffset.FromUnixTimeMilliseconds(poll.EndsAt.ToUnixTimeMilliseconds());
        return poll with { Options = options, EndsAt = endsAt };
    }

    private static ServiceException Refused(string why) => new(ErrorCode.Invalid, $"Validation failed: {why}");
}
