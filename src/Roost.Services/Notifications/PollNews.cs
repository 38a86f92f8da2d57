using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts;

namespace Roost.Services.Notifications;

/// <summary>
/// Tells who asked and who voted that a poll has ended. Sleeps until the next one ends, and does nothing at all while
/// none is open; a poll that is posted or changed meanwhile wakes it.
/// </summary>
/// <remarks>
/// Its place, up to when polls are told of, moves in the transaction that tells the last of them. A poll with more
/// voters than one page is written page by page before that; after a crash in between they come again and are known by
/// their source, the record that has the poll. One that gets other options later is another poll.
/// </remarks>
internal sealed class PollNews(PollsApi polls, Teller teller, FeedCursor cursor, TimeProvider time)
{
    private const int VotersPerRead = 1_000;

    /// <summary>Tells of ends until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            var added = polls.Added();
            var after = DateTimeOffset.FromUnixTimeMilliseconds(cursor.Progress.Done);
            var next = await polls.NextEnd(new FindNextPollEnd(after), Call.Until(ct));
            var now = time.GetUtcNow();
            if (next <= now)
                await TellAsync(after, now, ct);
            else if (next is { } end)
                await Sleep.UntilAsync(end, added, time, ct);
            else
                await added.WaitAsync(ct);
        }
    }

    private async Task TellAsync(DateTimeOffset after, DateTimeOffset upTo, CancellationToken ct)
    {
        var ended = await polls.Ended(new FindEndedPolls(after, upTo), Call.Until(ct));
        var steps = new List<NoticeStep>();
        foreach (var poll in ended)
        {
            steps.Add(Step(poll, poll.Post.Author));
            var below = 0u;
            while (true)
            {
                var voters = await polls.Voters(new ListVoters(poll.Post.Seq, below, VotersPerRead), Call.Until(ct));
                steps.AddRange(voters.Select(one => Step(poll, one.Account)));
                if (voters.Length < VotersPerRead)
                    break;
                below = voters[^1].Seq;
                await teller.WriteAsync(cursor, steps, ct);
                steps.Clear();
            }
        }
        await teller.TellAsync(cursor, steps, upTo.ToUnixTimeMilliseconds(), ct);
    }

    private static NoticeStep Step(in EndedPoll poll, AccountId account) => new(
        NoticeAction.Tell, account, NoticeKind.Poll, poll.Post.Author, poll.Post.Seq, poll.Poll,
        poll.EndedAt.ToUnixTimeMilliseconds());
}
