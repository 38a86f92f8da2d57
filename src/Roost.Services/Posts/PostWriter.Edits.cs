using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <remarks>An edit is a record with the whole of what the post says from then on. Edits and deletion of a post pass
/// one gate, one after the other, since each leans on what the one before made.</remarks>
internal sealed partial class PostWriter
{
    public async ValueTask<Post?> EditAsync(EditPost request, Call call)
    {
        using var held = await _gate.EnterAsync(Pair(request.Author, log.SeqOf(request.Id)), call.Cancellation);
        var seq = Own(request.Author, request.Id, PostKind.Post);
        if (seq == 0)
            return null;
        var old = reader.Read(seq);
        var hasMedia = (request.MediaIds?.Count ?? old.Media.Count) > 0;
        RequireText(request.Text, request.SpoilerText, hasMedia || index.QuoteIn(seq) != 0);
        var body = new PostBody(
            WellFormed(request.Text), WellFormed(request.SpoilerText), request.Sensitive, EmptyIsNone(request.Language),
            null, [.. request.Mentions]);
        if (request.Poll is { } poll)
        {
            // An edit that sends the poll as it is does not make it last longer than it can.
            poll = old.Poll == poll ? poll : Checked(poll, request.MediaIds?.Count ?? old.Media.Count);
            body = body with { Extras = PostExtras.Of([], poll) };
        }
        else if (hasMedia)
        {
            body = body with { Extras = PostExtras.Of(await pictures.EditAsync(old, request, call)) };
        }
        else if (old.Poll is not null && !request.EndsPoll)
        {
            body = body with { Extras = PostExtras.Of([], old.Poll) };
        }
        return await AppendEditAsync(old, body, call);
    }

    public async ValueTask<bool> RedescribeAsync(RedescribeMedia request, Call call)
    {
        if (await pictures.FindAsync(request, call) is not { } found)
            return false;
        using var held = await _gate.EnterAsync(Pair(request.Author, log.SeqOf(found.Post)), call.Cancellation);
        var seq = Own(request.Author, found.Post, PostKind.Post);
        if (seq == 0)
            return false;
        var old = reader.Read(seq);
        var media = await pictures.RenewAsync(old.Media, call);
        await AppendEditAsync(old, BodyOf(old) with { Extras = PostExtras.Of(media, old.Poll) }, call);
        return true;
    }

    private async ValueTask<Post> AppendEditAsync(Post old, PostBody body, Call call)
    {
        if (IsSame(BodyOf(old), body))
            return old;
        try
        {
            await AppendAsync(RecordKind.Edit, old.Author, old.Id, body.Encode(), call, FlagsOfEdit(old, body));
        }
        catch
        {
            await pictures.FreeAsync((body.Extras?.Media ?? []).Except(old.Media));
            throw;
        }
        ends.Note(old.Ref.Seq, body.Extras?.Poll);
        return reader.Read(old.Ref.Seq);
    }

    private static byte FlagsOfEdit(Post old, in PostBody body)
    {
        var flags = RecordFlags.Of(body.Extras);
        return body.Extras?.Poll is { } poll && old.Poll?.AsksTheSameAs(poll) is not true
            ? (byte)(flags | RecordFlags.HasOtherPoll)
            : flags;
    }

    /// <summary>What an edit's record holds of a post as it is.</summary>
    private static PostBody BodyOf(Post post) => new(
        post.Text, post.SpoilerText, post.Sensitive, post.Language, null, post.Mentions, post.Extras);

    private static bool IsSame(in PostBody one, in PostBody other) =>
        one with { Mentions = [], Extras = null } == other with { Mentions = [], Extras = null }
        && one.Mentions.SequenceEqual(other.Mentions)
        && (one.Extras?.Media ?? []).SequenceEqual(other.Extras?.Media ?? [])
        && one.Extras?.Poll == other.Extras?.Poll;
}
