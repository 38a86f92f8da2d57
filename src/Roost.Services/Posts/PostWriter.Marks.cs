using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Posts.Log;

namespace Roost.Services.Posts;

internal sealed partial class PostWriter
{
    public async ValueTask<bool> MarkAsync(MarkPost request, Call call)
    {
        if (request.Mark == PostMark.Pin)
            return await PinAsync(request, call);
        // Who is blocked can still take back what was done before.
        var post = await reader.FindOriginalAsync(request.Account, request.Id, call, evenIfBlocked: !request.IsSet);
        if (post is null)
            return false;
        var target = request.Mark == PostMark.Mute ? index.RootOf(post.Ref.Seq) : post.Ref.Seq;
        using var held = await _gate.EnterAsync(Pair(request.Account, target), call.Cancellation);
        await SetAsync(request, target, call);
        return true;
    }

    private async ValueTask<bool> PinAsync(MarkPost request, Call call)
    {
        if ((await reader.GetAsync(GetPosts.One(request.Account, request.Id), call))[0] is not { } post)
            return false;
        if (!request.IsSet && post.Author != request.Account)
            return true;
        // One at a time for all of an account's pins, since they are counted.
        using var held = await _gate.EnterAsync(Pair(request.Account, 0), call.Cancellation);
        if (request.IsSet && RefusalOfPin(request.Account, post) is { } refusal)
            throw new ServiceException(ErrorCode.Invalid, "Validation failed: " + refusal);
        await SetAsync(request, post.Ref.Seq, call);
        return true;
    }

    private string? RefusalOfPin(AccountId account, Post post)
    {
        if (post.IsBoost)
            return "Reblogs cannot be pinned";
        if (post.Author != account)
            return "Someone else's post cannot be pinned";
        if (post.Visibility == Visibility.Direct)
            return "Posts that are only visible to mentioned users cannot be pinned";
        var isPinned = index.MarkBy(account, post.Ref.Seq, PostMark.Pin) != 0;
        return isPinned || index.PinsOf(account) < MarkPost.PinsMax
            ? null
            : $"You have already pinned the maximum number of posts, {MarkPost.PinsMax}; unpin one first";
    }

    private async ValueTask SetAsync(MarkPost request, uint target, Call call)
    {
        var mark = index.MarkBy(request.Account, target, request.Mark);
        if (request.IsSet && mark == 0)
        {
            await AppendAsync(
                RecordKind.Mark, request.Account, log[target].Id, default, call, RecordFlags.Of(request.Mark));
        }
        else if (!request.IsSet && mark != 0)
        {
            await AppendAsync(RecordKind.Delete, request.Account, log[mark].Id, default, call);
        }
    }
}
