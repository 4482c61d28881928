#include "SPI.h"

Output Serial;
Port Serial1;
Bus SPI;
int chosen;

#include SKETCH

int main()
{
    setup();
    for (;;)
        loop();
}
