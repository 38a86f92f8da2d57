namespace Roost.Rpc.Clients;

/// <summary>For those that have nothing to do without an answer: start-up, and who follows a feed.</summary>
public static class Persistence
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Asks again, four times a second, while the service cannot be reached, is late, or has too much to
    /// do.</summary>
    /// <param name="failed">Is told each time that it did not answer.</param>
    /// <exception cref="ServiceException">Whatever else it says.</exception>
    public static async ValueTask<TReply> AskUntilAnsweredAsync<TRequest, TReply>(
        this Service<TRequest, TReply> service, TRequest request, TimeProvider time, CancellationToken ct,
        Action<ServiceException>? failed = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        while (true)
        {
            try
            {
                return await service(request, Call.Until(ct));
            }
            catch (ServiceException notYet) when (
                notYet.Code is ErrorCode.Unavailable or ErrorCode.DeadlineExceeded or ErrorCode.Overloaded)
            {
                failed?.Invoke(notYet);
            }
            await Task.Delay(_pause, time, ct);
        }
    }
}
