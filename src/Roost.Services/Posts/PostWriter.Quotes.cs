using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

/// <remarks>
/// A post, the record that it quotes another and the one about who may quote it are one group: nobody finds one of them
/// without the others.
/// </remarks>
internal sealed partial class PostWriter
{
    public async ValueTask<bool> SetQuotePolicyAsync(SetQuotePolicy request, Call call)
    {
        var seq = Own(request.Author, request.Id, PostKind.Post);
        if (seq == 0)
            return false;
        using var held = await _gate.EnterAsync(Pair(request.Author, seq), call.Cancellation);
        if (RecordFlags.Visibility(log[seq].Flags).IsRestricted() || index.QuotePolicyOf(seq) == request.Policy)
            return true;
        await AppendAsync(
            RecordKind.QuoteRule, request.Author, request.Id, default, call, RecordFlags.Of(request.Policy));
        return true;
    }

    public async ValueTask<Revocation> RevokeQuoteAsync(RevokeQuote request, Call call)
    {
        if (await reader.FindOriginalAsync(request.Author, request.Quoted, call) is not { } quoted)
            return Revocation.NotThere;
        var quoting = reader.Find(request.Quoting);
        var quote = quoting == 0 ? 0 : index.QuoteIn(quoting);
        if (quote == 0 || log[quote].Target != quoted.Ref.Seq)
            return Revocation.NotThere;
        if (quoted.Author != request.Author)
            return Revocation.NotOwn;
        using var held = await _gate.EnterAsync(Pair(request.Author, quote), call.Cancellation);
        if (index.IsLive(quote))
            await AppendAsync(RecordKind.Delete, request.Author, log[quote].Id, default, call);
        return Revocation.Revoked;
    }

    /// <summary>The post that is to be quoted, or null when none is.</summary>
    private async ValueTask<Post?> FindQuotedAsync(CreatePost request, Call call)
    {
        if (request.Quoted.IsNone)
            return null;
        var quoted = await reader.FindOriginalAsync(request.Author, request.Quoted, call);
        if (quoted is null || !await reader.MayQuoteAsync(request.Author, quoted, call))
        {
            throw new ServiceException(
                ErrorCode.NotFound,
                "The post you are trying to quote does not appear to exist, or its author does not let you quote it.");
        }
        var isTold = quoted.Author == request.Author || request.Mentions?.Contains(quoted.Author) is true;
        return request.Visibility == Visibility.Direct && !isTold
            ? throw Refused("Cannot quote a non-mentioned user in a direct post; mention them")
            : quoted;
    }

    /// <summary>What quotes a post for followers is for followers itself.</summary>
    private static Visibility VisibilityOf(CreatePost request, Post? quoted) =>
        quoted?.Visibility == Visibility.Followers && !request.Visibility.IsRestricted()
            ? Visibility.Followers
            : request.Visibility;

    private async ValueTask<RecordMeta> AppendQuotingAsync(
        RecordDraft post, QuotePolicy policy, Post? quoted, Call call)
    {
        var author = post.Header.Author;
        var drafts = new List<RecordDraft>(3) { post };
        if (quoted is not null)
        {
            drafts.Add(new RecordDraft(
                new RecordHeader(RecordKind.Quote, 0, default, 0, author, quoted.Author, quoted.Id, 0), default));
        }
        if (policy != QuotePolicy.Everybody && !RecordFlags.Visibility(post.Header.Flags).IsRestricted())
        {
            var flags = RecordFlags.Of(policy);
            drafts.Add(new RecordDraft(
                new RecordHeader(RecordKind.QuoteRule, flags, default, 0, author, default, default, 0), default,
                TargetDraft: 0));
        }
        return drafts.Count == 1
            ? await log.AppendAsync(post, call.Cancellation)
            : log[await log.AppendAllAsync(drafts, call.Cancellation)];
    }
}
