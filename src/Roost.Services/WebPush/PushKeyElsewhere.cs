namespace Roost.Services.WebPush;

/// <summary>The key of a WebPush service elsewhere: it stays the same, so that it is asked for once, and is known while
/// the service is away.</summary>
public static class PushKeyElsewhere
{
    public static WebPushApi KeepingKey(this WebPushApi push)
    {
        ArgumentNullException.ThrowIfNull(push);
        PushKey? known = null;
        return push with
        {
            Key = async (request, call) => known ??= await push.Key(request, call),
        };
    }
}
